"use strict";
// A second click on the same button sends nothing. The server refuses repeats as well; this
// only spares the clerk the message. Errors are shown by the server in one pattern, so the
// browser's own bubbles are switched off.
(() => {
  const sent = new WeakMap();
  const FORGET_AFTER_MS = 20000;

  function buttons(form) {
    return [...form.elements].filter((e) => e.type === "submit");
  }

  function lock(form) {
    sent.set(form, setTimeout(() => release(form), FORGET_AFTER_MS));
    for (const button of buttons(form)) button.setAttribute("aria-busy", "true");
  }

  function release(form) {
    clearTimeout(sent.get(form));
    sent.delete(form);
    for (const button of buttons(form)) button.removeAttribute("aria-busy");
  }

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.method !== "post" && !form.matches("[hx-post], [hx-put], [hx-delete]")) return;
      if (sent.has(form)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      lock(form);
      // Somebody cancelled it (a question was asked first): the next click counts.
      setTimeout(() => {
        const byHtmx = form.matches("[hx-post], [hx-put], [hx-delete]");
        if (event.defaultPrevented && !byHtmx) release(form);
      });
    },
    true,
  );

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form");
    if (form && sent.has(form)) release(form);
  });

  // Back from the browser's page cache: nothing is on its way any more.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.forms) release(form);
  });

  function plain(root) {
    for (const form of root.querySelectorAll('form[method="post"]')) form.noValidate = true;
  }
  document.addEventListener("DOMContentLoaded", () => plain(document));
  document.addEventListener("htmx:load", (event) => plain(event.target.parentNode ?? document));
})();
