/* The list of one's visits asks for its news every few seconds while somebody can see it, and at
   once when it is seen again. Nothing new costs a 304. It says so when it no longer hears anything. */
(() => {
  "use strict";
  const { ask } = window.field;
  const list = document.querySelector("[data-news]");
  if (!list) return;
  const EVERY_MS = 4000;
  const LOST_AFTER = 2; // answers that did not come
  let timer = 0;
  let asking = false;
  let missed = 0;

  const uids = () => [...list.querySelectorAll("[data-uid]")].map((row) => row.dataset.uid);

  function show(html) {
    const known = new Set(uids());
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    list.innerHTML = html;
    if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    const fresh = [...list.querySelectorAll("[data-uid]")].filter((row) => !known.has(row.dataset.uid));
    const words = fresh.map((row) => row.querySelector("b").textContent).join(", ");
    document.getElementById("said").textContent = words ? list.dataset.saidNew.replace("{}", words) : list.dataset.saidOther;
  }
  function heard(answer) {
    missed = answer.away ? missed + 1 : 0;
    document.querySelector("[data-list-lost]").hidden = missed < LOST_AFTER;
    if (answer.signedOut) location.reload(); // the portal asks to sign in, and says why
    if (answer.status !== 200) return;
    list.dataset.etag = answer.etag;
    show(answer.text);
  }
  async function look() {
    clearTimeout(timer);
    if (asking || document.visibilityState !== "visible") return;
    asking = true;
    try {
      const headers = { "If-None-Match": list.dataset.etag };
      heard(await ask(`${list.dataset.news}?page=${list.dataset.page}`, { method: "GET", background: true, headers }));
    } finally {
      asking = false;
      timer = setTimeout(look, EVERY_MS);
    }
  }
  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", look);
  window.addEventListener("pageshow", (event) => { if (event.persisted) look(); });
  timer = setTimeout(look, EVERY_MS);
})();
