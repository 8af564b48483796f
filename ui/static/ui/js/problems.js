"use strict";
// A form came back with errors: focus goes to the summary, the title says how many, and a link
// of the summary focuses its answer.
(() => {
  let shown = "";

  function announce(root) {
    const summary = root.querySelector("[data-problems]");
    if (!summary) return;
    const { prefix } = summary.dataset;
    for (const old of [prefix, shown]) {
      if (old && document.title.startsWith(old)) document.title = document.title.slice(old.length);
    }
    document.title = prefix + document.title;
    shown = prefix;
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
