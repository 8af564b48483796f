/* The desk's clock: programme time, which may run faster than the machine's in a demo. */
(() => {
  "use strict";
  const clock = document.getElementById("desk-clock");
  if (!clock) return;
  let began = performance.now();
  let shown = "";
  function showClock() {
    // Every new queue and bar bring the server's time: a demo's clock may have run meanwhile.
    const told = Array.from(document.querySelectorAll(".queue__head[data-now], #desk-feeds"))
      .map((one) => one.dataset.now)
      .reduce((a, b) => (Date.parse(a) >= Date.parse(b) ? a : b), clock.dateTime);
    if (told !== shown) {
      shown = told;
      clock.dateTime = shown;
      began = performance.now();
    }
    const speed = Number(document.documentElement.dataset.speed || 1);
    const at = new Date(Date.parse(clock.dateTime) + (performance.now() - began) * speed);
    const [hour, minute, second] = at
      .toLocaleTimeString("en-GB", { timeZone: "Asia/Seoul" })
      .split(":");
    clock.firstChild.textContent = `${hour}:${minute}`;
    clock.querySelector("small").textContent = `:${second}`;
  }
  setInterval(showClock, 1000);

  showClock();
})();
