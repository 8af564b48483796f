"use strict";
// A form came back with errors: focus goes to the summary, the title says how many, and a link
// of the summary focuses its answer.
(() => {
  function announce(root) {
    const summary = root.querySelector("[data-problems]");
    if (!summary) return;
    const prefix = `(확인 ${summary.dataset.problems}) `;
    document.title = prefix + document.title.replace(/^\(확인 \d+\) /, "");
    summary.focus();
  }

  document.addEventListener("DOMContentLoaded", () => announce(document));
  document.addEventListener("htmx:load", (event) => announce(event.target));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-problems] a[href^='#']");
    const control = link && document.getElementById(link.hash.slice(1));
    if (!control) return;
    event.preventDefault();
    control.closest("details:not([open])")?.setAttribute("open", "");
    control.focus();
    (control.closest(".field") ?? control).scrollIntoView({ block: "start" });
  });
})();
