/* Walks through the table of a case minute by minute. Everything shown stands in the table. */
(() => {
  "use strict";
  const TICK_MS = 100;
  const MINUTE_MS = 60000;
  const box = document.getElementById("replay");
  if (!box) return;
  const rows = [...document.querySelectorAll("tr[data-at]")].map((row) => ({ row, at: Date.parse(row.dataset.at) }));
  const begin = Date.parse(box.dataset.begin);
  const range = document.getElementById("replay-at");
  const play = box.querySelector("[data-play]");
  const find = (name) => box.querySelector(`[data-${name}]`);
  let here = null;
  let timer = 0;

  const clock = new Intl.DateTimeFormat("ko-KR", {
    month: "numeric", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Seoul",
  });
  function past(kinds, at) {
    return rows.findLast((one) => one.at <= at && kinds.includes(one.row.dataset.kind));
  }
  function show() {
    const at = begin + Number(range.value) * MINUTE_MS + MINUTE_MS - 1;
    const last = past(["hour", "light", "event"], at) ?? rows[0];
    const told = past(["light", "event"], at);
    const words = clock.format(at);
    find("clock").textContent = words;
    range.setAttribute("aria-valuetext", words);
    find("since").textContent = last.row.cells[1].textContent;
    find("light").innerHTML = last.row.cells[3].innerHTML;
    find("title").textContent = told?.row.cells[2].querySelector("b")?.textContent ?? "";
    find("detail").textContent = told ? told.row.cells[2].textContent.replace(find("title").textContent, "").trim() : "";
    box.querySelectorAll("[data-value]").forEach((place, index) => {
      place.textContent = last.row.cells[4 + index].textContent;
    });
    here?.row.classList.remove("is-here");
    here = last;
    here.row.classList.add("is-here");
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = play.dataset.start;
  }
  play.addEventListener("click", () => {
    if (timer) {
      stop();
      return;
    }
    play.textContent = play.dataset.stop;
    timer = setInterval(() => {
      if (Number(range.value) >= Number(range.max)) stop();
      range.value = Number(range.value) + 1;
      show();
    }, TICK_MS);
  });
  find("next").addEventListener("click", () => {
    stop();
    const at = begin + Number(range.value) * MINUTE_MS + MINUTE_MS - 1;
    const next = rows.find((one) => one.at > at && one.row.dataset.kind !== "hour");
    if (next) range.value = Math.floor((next.at - begin) / MINUTE_MS);
    show();
  });
  range.addEventListener("input", () => { stop(); show(); });
  box.hidden = false;
  show();
})();
