/* The wall: refreshes itself; a 304 costs nothing; another page (signed out) is shown as a page. */
(() => {
  "use strict";
  const wall = document.getElementById("wall");
  if (!wall) return;
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== wall) return;
    // A screen that is locked to the wall may stay signed in; any other is nobody at the keyboard.
    if (wall.dataset.locked !== "1") event.detail.headers["X-Background"] = "1";
    if (wall.dataset.etag) event.detail.headers["If-None-Match"] = wall.dataset.etag;
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.elt !== wall) return;
    const xhr = event.detail.xhr;
    if (xhr.status !== 304 && xhr.getResponseHeader("X-Desk-Wall") !== "1") {
      event.detail.shouldSwap = false;
      window.location.reload();
      return;
    }
    event.detail.shouldSwap = xhr.status === 200;
    if (xhr.status === 200) wall.dataset.etag = xhr.getResponseHeader("ETag") || "";
  });
})();
