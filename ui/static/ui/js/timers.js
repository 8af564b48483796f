"use strict";
// Keeps "방문 결정까지 6분" true between two answers of the server. Programme time may differ
// from the machine's clock (and run faster in a demo), so each timer starts from the data-now
// it came with; data-speed on <html> is programme seconds per real second.
(() => {
  const RING = 50.3;
  const seen = new WeakMap();

  // Same units and cuts as ui/words.py.
  const [SECOND, MINUTE, HOUR, DAY] = document.documentElement.dataset.units.split("|");

  function words(seconds) {
    const s = Math.floor(Math.abs(seconds));
    if (s < 60) return `${s}${SECOND}`;
    if (s < 3600) return `${Math.floor(s / 60)}${MINUTE}`;
    const [large, unit, small, sub, per] =
      s < 72 * 3600 ? [3600, HOUR, 60, MINUTE, 60] : [86400, DAY, 3600, HOUR, 24];
    const rest = Math.floor(s / small) % per;
    return `${Math.floor(s / large)}${unit}` + (rest ? ` ${rest}${sub}` : "");
  }

  function nowOf(timer) {
    if (!seen.has(timer)) seen.set(timer, performance.now());
    const speed = Number(document.documentElement.dataset.speed ?? 1);
    return Date.parse(timer.dataset.now) + (performance.now() - seen.get(timer)) * speed;
  }

  function stateOf(left, share) {
    if (left < 0) return "over";
    if (left < 60 || (share !== null && share <= 0.1)) return "now";
    return share !== null && share <= 1 / 3 ? "soon" : "";
  }

  function tick(timer) {
    const due = Date.parse(timer.dataset.due);
    const left = (due - nowOf(timer)) / 1000;
    const whole = timer.dataset.start ? (due - Date.parse(timer.dataset.start)) / 1000 : 0;
    const share = whole > 0 ? Math.min(1, Math.max(0, left / whole)) : null;
    const text = (left < 0 ? timer.dataset.over : timer.dataset.text).replace("{}", words(left));
    const said = timer.querySelector("[data-words]") ?? timer;
    if (said.textContent !== text) said.textContent = text;
    const state = stateOf(left, share);
    for (const name of ["soon", "now", "over"]) {
      timer.classList.toggle(`timer--${name}`, state === name);
    }
    const ring = timer.querySelector(".ring");
    if (ring && share !== null) {
      ring.setAttribute("stroke-dasharray", `${(share * RING).toFixed(1)} ${RING}`);
    }
  }

  function tickAll() {
    for (const timer of document.querySelectorAll("[data-due][data-now]")) tick(timer);
  }

  window.portal = { ...window.portal, spanInWords: words };
  document.addEventListener("DOMContentLoaded", tickAll);
  document.addEventListener("htmx:load", tickAll);
  setInterval(tickAll, 1000);
})();
