"use strict";
// Runs before the first paint, so that a night screen never flashes white.
(() => {
  const KEY = "portal.theme";
  const root = document.documentElement;
  root.classList.add("js");

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage switched off: the day theme
    }
  }

  function show(theme) {
    root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-pressed", String(theme === "night"));
    }
  }

  root.dataset.theme = stored() === "night" ? "night" : "day";
  document.addEventListener("DOMContentLoaded", () => show(root.dataset.theme));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const theme = root.dataset.theme === "night" ? "day" : "night";
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // the choice then lasts for this page only
    }
    show(theme);
  });
})();
