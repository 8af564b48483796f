"use strict";
// Arrow keys walk over the days of a calendar; every day is a link of its own, also without them.
(() => {
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  document.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const here = event.target.closest("[data-days] td");
    if (!step || !here || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const rows = here.closest("table").tBodies[0].rows;
    let [day, week] = [here.cellIndex, here.parentNode.rowIndex - 1];
    do {
      day += step[0];
      week += step[1];
      if (day < 0) [day, week] = [6, week - 1];
      if (day > 6) [day, week] = [0, week + 1];
    } while (rows[week] && !rows[week].cells[day].querySelector("a"));
    rows[week]?.cells[day].querySelector("a").focus();
  });
})();
