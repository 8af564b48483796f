/* One photo at the door. The phone draws it anew, small and upright: what the camera wrote into it
   (place, time, device) stays behind, and one bar of signal can carry it. */
(() => {
  "use strict";
  const MOST_SIDE = 1280;
  const MOST_LETTERS = 520000; // of base64: about 390 kB
  const QUALITIES = [0.8, 0.65, 0.5, 0.35];
  let taken = ""; // base64 of the JPEG, until the result is saved

  async function drawn(file) {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, MOST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return canvas;
  }
  function packed(canvas) {
    let words = "";
    for (const quality of QUALITIES) {
      words = canvas.toDataURL("image/jpeg", quality).split(",")[1];
      if (words.length <= MOST_LETTERS) break;
    }
    return words;
  }

  const box = (inside) => inside.closest("[data-photo]");
  function clear(place) {
    taken = "";
    place.querySelector("input").value = "";
    place.querySelector("[data-photo-shown]").hidden = true;
    place.querySelector("[data-photo-picture]").replaceChildren();
  }
  async function choose(input) {
    const place = box(input);
    const failed = place.querySelector("[data-err=photo]");
    const file = input.files[0];
    failed.hidden = true;
    if (!file) return;
    try {
      const canvas = await drawn(file);
      taken = packed(canvas);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", place.dataset.photo);
      place.querySelector("[data-photo-picture]").replaceChildren(canvas);
      place.querySelector("[data-photo-shown]").hidden = false;
    } catch {
      clear(place);
      failed.hidden = false;
    }
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-photo] input[type=file]")) choose(event.target);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-photo-drop]")) return;
    const place = box(event.target);
    clear(place);
    place.querySelector("input").focus();
  });

  window.field.photo = { taken: () => taken, drop: () => { taken = ""; } };
})();
