"use strict";
// The tuning page: a slider beside each number, and the curve. The chart draws the rows of the
// table behind it and the marks that the server writes; it computes nothing of its own.
(() => {
  const NARROW = 560;

  // ── sliders ────────────────────────────────────────────────────────────────
  function steps(form) {
    return form.dataset.steps.split(",").map(Number);
  }

  function nearest(all, value) {
    let best = 0;
    all.forEach((step, i) => {
      if (Math.abs(step - value) < Math.abs(all[best] - value)) best = i;
    });
    return best;
  }

  function say(form, range, value) {
    range.setAttribute("aria-valuetext", form.dataset.valueText.replace("{}", value));
  }

  // A group without a number of its own shows where the common one is; what was is told beside.
  function follow(form) {
    const all = steps(form);
    for (const range of form.querySelectorAll(".sl__range")) {
      const own = form.querySelector(`#${range.dataset.for}`);
      const common = form.elements[own.name.split("_")[0]].value;
      const box = range.closest(".sl");
      const was = box.querySelector(".sl__was");
      const changed = own.value !== box.dataset.own;
      box.classList.toggle("is-changed", changed);
      was.textContent = changed ? was.dataset.before : "";
      if (own.value !== "") continue;
      was.textContent = was.dataset.follows.replace("{}", common);
      range.value = nearest(all, Number(common));
      say(form, range, common);
    }
  }

  function moved(event) {
    const form = event.target.closest("#tune-form");
    if (!form) return;
    const all = steps(form);
    if (event.target.matches(".sl__range")) {
      const value = all[Number(event.target.value)];
      form.querySelector(`#${event.target.dataset.for}`).value = value;
      say(form, event.target, value);
    } else if (event.target.type === "number") {
      const range = form.querySelector(`[data-for="${event.target.id}"]`);
      if (event.target.value !== "") {
        range.value = nearest(all, Number(event.target.value));
        say(form, range, event.target.value);
      }
    }
    follow(form);
  }

  // ── curve ──────────────────────────────────────────────────────────────────
  let chart = null;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function rows(box) {
    const table = document.getElementById(box.dataset.table);
    return [...table.querySelectorAll("tbody tr")]
      .map((row) => ({
        x: Number(row.dataset.x),
        median: Number(row.dataset.median),
        p90: Number(row.dataset.p90),
        missed: Number(row.dataset.missed),
        minutes: Number(row.dataset.minutes),
      }))
      .filter((row) => row.x > 0); // a logarithmic axis has no zero
  }

  function line(name, data, tone, extra) {
    return {
      name,
      type: "line",
      data,
      smooth: false,
      symbolSize: 5,
      lineStyle: { width: 3, color: tone },
      itemStyle: { color: tone },
      ...extra,
    };
  }

  function marks(narrow) {
    return [...document.querySelectorAll("#marks [data-x]")].map((mark) => {
      const fresh = mark.dataset.new === "1";
      return {
        value: [Number(mark.dataset.x), Number(mark.dataset.y)],
        symbol: mark.dataset.light === "red" ? "rect" : "triangle",
        symbolSize: 16,
        itemStyle: {
          color: colour(fresh ? "--accent" : "--ink-2"),
          borderColor: colour("--surface"),
          borderWidth: 2,
        },
        label: {
          show: !narrow,
          formatter: mark.dataset.words,
          position: fresh ? "top" : "bottom",
          distance: 8,
          padding: [2, 4],
          backgroundColor: colour("--surface"),
          color: colour("--ink"),
          fontWeight: 700,
          fontSize: 13,
        },
      };
    });
  }

  function axes(box, found) {
    const per = found.length ? found[found.length - 1].minutes / found[found.length - 1].x : 0;
    const text = { color: colour("--ink-2"), fontSize: 13 };
    const quiet = { lineStyle: { color: colour("--line-soft") } };
    return {
      xAxis: {
        type: "log",
        logBase: 2,
        name: box.dataset.x,
        nameLocation: "middle",
        nameGap: 46,
        nameTextStyle: text,
        axisLine: { lineStyle: { color: colour("--line-strong") } },
        splitLine: { show: false },
        axisLabel: {
          ...text,
          hideOverlap: true,
          formatter: (x) =>
            `${box.dataset.perDay.replace("{}", +x.toFixed(2))}\n` +
            box.dataset.minutes.replace("{}", Math.round(x * per)),
        },
      },
      yAxis: [
        {
          type: "value",
          name: box.dataset.y,
          min: 0,
          max: 96,
          interval: 12,
          nameTextStyle: { ...text, align: "left" },
          axisLabel: text,
          splitLine: quiet,
        },
        {
          type: "value",
          name: box.dataset.missed,
          min: 0,
          max: 100,
          interval: 25,
          nameTextStyle: { ...text, align: "right" },
          axisLabel: { ...text, formatter: "{value}%" },
          splitLine: { show: false },
        },
      ],
    };
  }

  function option(box) {
    const found = rows(box);
    const narrow = box.clientWidth < NARROW;
    const text = colour("--ink-2");
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 44, right: 48, top: narrow ? 104 : 64, bottom: 72 },
      legend: { top: 0, left: 0, itemGap: 14, textStyle: { color: text, fontSize: 13 } },
      tooltip: {
        trigger: "axis",
        renderMode: "richText", // the other mode writes style attributes, which the policy refuses
        confine: true,
        valueFormatter: (value) => (Array.isArray(value) ? value.join(" ") : String(value)),
      },
      ...axes(box, found),
      series: [
        line(box.dataset.median, found.map((r) => [r.x, r.median]), colour("--chart-line")),
        line(box.dataset.p90, found.map((r) => [r.x, r.p90]), colour("--chart-late")),
        line(box.dataset.missed, found.map((r) => [r.x, r.missed]), colour("--ink-3"), {
          yAxisIndex: 1,
          lineStyle: { width: 2, type: "dashed", color: colour("--ink-3") },
          symbol: "none",
        }),
        { id: "marks", type: "scatter", z: 5, tooltip: { show: false }, data: marks(narrow) },
      ],
    };
  }

  function draw() {
    const box = document.getElementById("chart");
    if (!box || !window.echarts) return;
    chart ??= window.echarts.init(box, null, { renderer: "canvas" });
    chart.resize();
    chart.setOption(option(box), { notMerge: true });
  }

  // What the slider just did, for whoever does not see the marks move.
  function tell() {
    const said = document.getElementById("tune-said");
    const fresh = [...document.querySelectorAll("#marks .mark--new")];
    said.textContent = fresh.map((mark) => mark.textContent.replace(/\s+/g, " ").trim()).join(". ");
  }

  document.addEventListener("input", moved);
  document.addEventListener("DOMContentLoaded", () => {
    draw();
    const box = document.getElementById("chart");
    if (box) new ResizeObserver(draw).observe(box);
    new MutationObserver(draw).observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["data-theme"],
    });
    document.fonts.ready.then(draw);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    draw();
    if (event.target.id === "preview") tell();
  });
})();
