"use strict";
// A map wider than its panel is opened at its newest end, where the silence is.
(() => {
  function toEnd(root) {
    for (const box of root.querySelectorAll("[data-scroll-end]")) box.scrollLeft = box.scrollWidth;
  }
  document.addEventListener("DOMContentLoaded", () => toEnd(document));
  document.addEventListener("htmx:load", (event) => toEnd(event.target));
})();
