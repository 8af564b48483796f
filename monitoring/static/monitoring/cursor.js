"use strict";
// A cursor on the map of sixty days: arrow keys, Home/End, Page Up/Down and the pointer move it,
// and what it stands on is read from the table behind the map, so that both say the same.
(() => {
  const MOVES = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
    PageUp: [-7, 0],
    PageDown: [7, 0],
    Home: [-999, 0],
    End: [999, 0],
  };

  function clamp(value, most) {
    return Math.max(0, Math.min(most, value));
  }

  function words(figure, day, hour) {
    const table = figure.querySelector("[data-cells]");
    const row = table.tBodies[0].rows[Number(figure.dataset.days) - 1 - day];
    const cell = row.cells[hour + 1];
    const said = [row.cells[0].textContent, figure.dataset.hour.replace("{}", hour)];
    const text = cell.textContent.trim();
    if (cell.dataset.level === undefined) return `${said.join(" ")}: ${text || figure.dataset.toCome}`;
    const [value, ...notes] = text.split(" ");
    const level = figure.dataset.levels.split("|")[Number(cell.dataset.level)];
    return `${said.join(" ")}: ${value} ${figure.dataset.unit}, ${[level, ...notes].join(", ")}`;
  }

  function move(figure, day, hour) {
    const { x, y, width, height } = figure.dataset;
    const cell = figure.querySelector("[data-cell]");
    cell.setAttribute("x", Number(x) + day * Number(width));
    cell.setAttribute("y", Number(y) + hour * Number(height));
    cell.setAttribute("visibility", "visible");
    figure.dataset.day = day;
    figure.dataset.at = hour;
    figure.querySelector("[data-said]").textContent = words(figure, day, hour);
  }

  function keepInView(figure) {
    const box = figure.querySelector(".hscroll");
    const cell = figure.querySelector("[data-cell]").getBoundingClientRect();
    const seen = box.getBoundingClientRect();
    if (cell.left < seen.left) box.scrollLeft -= seen.left - cell.left + 40;
    if (cell.right > seen.right) box.scrollLeft += cell.right - seen.right + 40;
  }

  function onKey(event) {
    const step = MOVES[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    const figure = event.currentTarget;
    const newest = Number(figure.dataset.days) - 1;
    const fresh = figure.dataset.day === undefined;
    const day = fresh ? newest : clamp(Number(figure.dataset.day) + step[0], newest);
    const hour = fresh ? 0 : clamp(Number(figure.dataset.at) + step[1], 23);
    event.preventDefault();
    move(figure, day, hour);
    keepInView(figure);
  }

  function onPointer(event) {
    const figure = event.currentTarget;
    const svg = event.target.closest("svg.heat");
    if (!svg) return;
    const { x, y, width, height, days } = figure.dataset;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const day = Math.floor((at.x - Number(x)) / Number(width));
    const hour = Math.floor((at.y - Number(y)) / Number(height));
    if (day < 0 || hour < 0 || day >= Number(days) || hour > 23) return;
    if (figure.dataset.day !== String(day) || figure.dataset.at !== String(hour)) move(figure, day, hour);
  }

  function begin(root) {
    for (const figure of root.querySelectorAll("[data-cursor]:not([data-ready])")) {
      figure.dataset.ready = "";
      // Only keys pressed on the map itself: the table below scrolls by the same keys.
      figure.addEventListener("keydown", (event) => {
        if (event.target.matches('[role="application"]')) onKey(event);
      });
      figure.addEventListener("click", onPointer);
      figure.addEventListener("pointermove", (event) => {
        if (event.pointerType === "mouse") onPointer(event);
      });
    }
  }

  document.addEventListener("DOMContentLoaded", () => begin(document));
  document.addEventListener("htmx:load", (event) => begin(event.target.parentNode ?? document));
})();
