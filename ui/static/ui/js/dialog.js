"use strict";
// <button data-open="id"> opens a dialog, [data-close] inside it closes it. A form or button
// with data-confirm="question" asks before it goes on; data-confirm-text adds a sentence,
// data-confirm-yes names the button after the deed.
(() => {
  const answered = new WeakSet();

  function ask(submitter, form) {
    const dialog = document.getElementById("confirm");
    const from = submitter?.dataset.confirm ? submitter : form;
    dialog.querySelector("[data-confirm-title]").textContent = from.dataset.confirm;
    dialog.querySelector("[data-confirm-text]").textContent = from.dataset.confirmText ?? "";
    const yes = dialog.querySelector("[data-confirm-yes]");
    yes.dataset.usual ??= yes.textContent;
    yes.textContent = from.dataset.confirmYes ?? yes.dataset.usual;
    yes.onclick = () => {
      dialog.close();
      answered.add(form);
      form.requestSubmit(submitter);
    };
    dialog.querySelector("[data-confirm-no]").onclick = () => dialog.close();
    dialog.showModal();
  }

  // On window: before submit.js, which listens on document, counts the click.
  window.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const asks = event.submitter?.dataset.confirm ?? form.dataset.confirm;
      if (!asks || answered.delete(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(event.submitter, form);
    },
    true,
  );

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open)?.showModal();
    event.target.closest("[data-close]")?.closest("dialog")?.close();
    if (event.target.closest("[data-back]")) history.back();
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (history.length > 1) {
      for (const back of document.querySelectorAll("[data-back]")) back.hidden = false;
    }
  });
})();
