"use strict";
// The menu: boxes that Escape or a click elsewhere closes. On a narrow screen it is a drawer in
// which every heading stands open, so that one touch is enough.
(() => {
  function toggle(button, open) {
    const menu = document.getElementById(button.getAttribute("aria-controls"));
    button.setAttribute("aria-expanded", String(open));
    menu?.classList.toggle("is-open", open);
    for (const group of menu?.querySelectorAll("details") || []) group.open = open;
  }

  function popups() {
    return document.querySelectorAll("details[data-popup][open]");
  }

  const inDrawer = (box) => Boolean(box.closest(".is-open"));

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-menu]");
    if (button) toggle(button, button.getAttribute("aria-expanded") !== "true");
    for (const box of popups()) {
      if (!box.contains(event.target) && !inDrawer(box)) box.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const button of document.querySelectorAll('[data-menu][aria-expanded="true"]')) {
      toggle(button, false);
      button.focus();
    }
    for (const box of popups()) {
      box.open = false;
      box.querySelector("summary").focus();
    }
  });
})();
