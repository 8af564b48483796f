/* Forms of the responder's pages. Without this file they are plain forms; with it a send
   that fails says so and everything typed stays on the screen. */
(() => {
  "use strict";
  const WAIT_MS = 15000;
  let sending = false;

  function showFailed(on) {
    const failed = document.getElementById("send-failed");
    if (!failed) return;
    failed.hidden = !on;
    if (on) failed.scrollIntoView({ block: "nearest" });
  }
  function buttons(form) {
    return [
      ...form.querySelectorAll("button"),
      ...document.querySelectorAll(`button[form="${form.id || "-"}"]`),
    ];
  }
  function busy(form, on) {
    sending = on;
    buttons(form).forEach((button) => {
      button.disabled = on;
      button.setAttribute("aria-busy", String(on));
    });
  }
  /* The answer is a whole page: show it in place, so that a form with errors keeps its words. */
  async function show(answer) {
    const text = await answer.text();
    if (answer.redirected) {
      window.location.assign(answer.url);
      return;
    }
    const page = new DOMParser().parseFromString(text, "text/html");
    document.title = page.title;
    document.body.replaceWith(page.body);
    const problem = document.getElementById("visit-problem") || document.querySelector(".err");
    if (problem) problem.scrollIntoView({ block: "center" });
  }
  async function send(form) {
    busy(form, true);
    showFailed(false);
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), WAIT_MS);
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Field": "1" },
        signal: stop.signal,
        credentials: "same-origin",
      });
      if (answer.status >= 500) throw new Error("server");
      await show(answer);
    } catch {
      showFailed(true);
    } finally {
      clearTimeout(timer);
      busy(form, false);
    }
  }
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-field-form]");
    if (!form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!sending) send(form);
  }, true);
})();
