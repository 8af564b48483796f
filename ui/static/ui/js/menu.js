"use strict";
// The menu of a narrow screen, and the viewer's box: Escape or a click elsewhere closes them.
(() => {
  function toggle(button, open) {
    button.setAttribute("aria-expanded", String(open));
    document.getElementById(button.getAttribute("aria-controls"))?.classList.toggle("is-open", open);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-menu]");
    if (button) toggle(button, button.getAttribute("aria-expanded") !== "true");
    for (const box of document.querySelectorAll("details[data-popup][open]")) {
      if (!box.contains(event.target)) box.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const button of document.querySelectorAll('[data-menu][aria-expanded="true"]')) {
      toggle(button, false);
      button.focus();
    }
    for (const box of document.querySelectorAll("details[data-popup][open]")) {
      box.open = false;
      box.querySelector("summary").focus();
    }
  });
})();
