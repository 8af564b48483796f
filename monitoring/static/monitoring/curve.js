"use strict";
// The curve of "how unlike itself": drawn on a canvas from the page's JSON, in the page's colours.
// Arrow keys move a line over the hours; what it stands on is said below the picture.
(() => {
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -24, PageDown: 24, Home: -999, End: 999 };

  const WIDE = 560;

  function role(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function stripes(colour) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour;
    pen.beginPath();
    pen.moveTo(0, 6);
    pen.lineTo(6, 0);
    pen.stroke();
    return { image: tile, repeat: "repeat" };
  }

  function area(span, ink) {
    const incident = span.kind === "incident";
    return [
      {
        xAxis: span.from,
        name: span.name,
        itemStyle: {
          color: incident ? stripes(role("--hx")) : "transparent",
          borderColor: ink,
          borderWidth: 1,
          borderType: incident ? "dotted" : "dashed",
        },
      },
      { xAxis: span.to },
    ];
  }

  function options(data, wide) {
    const [ink, soft, line] = [role("--ink"), role("--ink-3"), role("--line")];
    const font = { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13 };
    const curve = role("--h3");
    return {
      animation: false,
      textStyle: font,
      grid: { left: 48, right: 72, top: 32, bottom: 28 },
      xAxis: {
        type: "category",
        data: data.hours,
        boundaryGap: false,
        axisLine: { lineStyle: { color: line } },
        axisTick: { show: false },
        axisLabel: {
          color: soft,
          interval: (index) => index % (wide ? 48 : 120) === 0,
          formatter: (name) => name.split("(")[0],
        },
      },
      yAxis: {
        min: 0,
        max: 150,
        interval: 50,
        splitLine: { lineStyle: { color: line } },
        axisLabel: { color: soft, formatter: (value) => (value === 0 ? data.usual : String(value)) },
      },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        backgroundColor: role("--surface"),
        borderColor: line,
        textStyle: { color: ink, ...font },
        formatter: ([point]) => said(data, point.dataIndex),
      },
      series: [
        {
          type: "line",
          data: data.values,
          showSymbol: false,
          step: "end",
          lineStyle: { color: curve, width: 2 },
          itemStyle: { color: curve },
          areaStyle: { color: curve, opacity: 0.12 },
          markLine: {
            symbol: "none",
            silent: true,
            label: { position: "end", color: ink, ...font, formatter: (mark) => mark.name },
            data: data.lines.map((one) => ({
              yAxis: one.at,
              name: one.name,
              lineStyle: { color: ink, width: one.kind === "red" ? 2 : 1, type: one.kind === "red" ? "solid" : "dashed" },
            })),
          },
          markArea: {
            silent: true,
            // Where two names would lie on each other, the words below the picture tell them.
            label: { show: wide, position: "insideTop", color: ink, ...font },
            data: data.spans.map((span) => area(span, ink)),
          },
          markPoint: {
            silent: true,
            symbol: "circle",
            symbolSize: 11,
            itemStyle: { color: role("--surface"), borderColor: ink, borderWidth: 2 },
            label: { show: false },
            data: data.crossings.map((one) => ({ coord: [one.at, data.values[one.at]], name: one.name })),
          },
        },
      ],
    };
  }

  function said(data, index) {
    const value = data.values[index] === null ? data.missing : String(data.values[index]);
    const marks = data.crossings.filter((one) => one.at === index).map((one) => one.name);
    const over = data.spans.filter((one) => one.from <= index && index <= one.to).map((one) => one.name);
    return [`${data.hours[index]}: ${value}`, ...marks, ...over].join(", ");
  }

  function begin(figure) {
    const data = JSON.parse(document.getElementById(figure.dataset.curve).textContent);
    const box = figure.querySelector("[data-canvas]");
    const chart = window.echarts.init(box, null, { renderer: "canvas" });
    const draw = () => chart.setOption(options(data, box.clientWidth > WIDE), true);
    let at;
    draw();
    box.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      // The first key only says where one is: at the newest hour.
      at = at === undefined ? data.last : Math.max(0, Math.min(data.last, at + step));
      chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: at });
      figure.querySelector("[data-said]").textContent = said(data, at);
    });
    new ResizeObserver(() => {
      chart.resize();
      draw();
    }).observe(box);
    new MutationObserver(draw).observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["data-theme"],
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const figure of document.querySelectorAll("[data-curve]")) begin(figure);
  });
})();
