// Shows the company's phones. Polls the state and redraws only what changed, so that a half-typed
// sentence and the focus survive.
"use strict";

const STATUS = {
  queued: "거는 중", ringing: "벨이 울립니다", "in-progress": "통화 중", completed: "통화 끝",
  busy: "통화 중이라 못 받음", failed: "연결 안 됨", "no-answer": "받지 않음", canceled: "취소됨",
};
const TEXT_STATUS = {
  queued: "보내는 중", sent: "보냄", delivered: "도착", undelivered: "도착 안 함", failed: "실패",
  received: "받음", canceled: "취소됨",
};
const PERIOD_MS = 700;
const byId = (id) => document.getElementById(id);
const cards = new Map();
let ringing = "";

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function clock(iso, seconds) {
  return new Intl.DateTimeFormat("ko-KR", {
    timeZone: "Asia/Seoul", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    ...(seconds ? { second: "2-digit" } : {}),
  }).format(new Date(iso));
}

function day(iso) {
  const parts = new Intl.DateTimeFormat("ko-KR", {
    timeZone: "Asia/Seoul", year: "numeric", month: "numeric", day: "numeric", weekday: "short",
  }).formatToParts(new Date(iso));
  const get = (type) => parts.find((part) => part.type === type).value;
  return `${get("year")}. ${get("month")}. ${get("day")}.(${get("weekday")})`;
}

function local(number) {
  const digits = "0" + number.replace(/^\+82/, "");
  return digits.length === 11 ? digits.replace(/(\d{3})(\d{4})(\d{4})/, "$1-$2-$3") : digits;
}

async function tell(sid, act) {
  const reply = await fetch(`/_control/calls/${sid}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(act),
  });
  await refresh();
  return reply.ok;
}

function button(text, className, act) {
  const node = make("button", `btn ${className}`, text);
  node.type = "button";
  node.addEventListener("click", async () => {
    node.disabled = true;
    try { await act(); } finally { node.disabled = false; }
  });
  return node;
}

function talk(lines) {
  const list = make("ol", "talk");
  for (const line of lines) {
    const kind = { company: "", person: "is-person", line: "is-line" }[line.who];
    const text = line.who === "line" ? STATUS[line.text] || line.text : line.text;
    list.append(make("li", kind, text));
  }
  return list;
}

function card(call) {
  const box = make("article", "phone");
  const top = make("div", "phone__top");
  top.append(make("b", "", call.label || local(call.to)), make("span", "state"));
  const number = make("p", "hint num", local(call.to));
  const acts = make("div", "acts");
  const take = button("받기", "btn--primary", () => tell(call.sid, { do: "answer" }));
  const keys = ["1", "2"].map((key) =>
    button(key, "key", () => tell(call.sid, { do: "press", value: key })));
  keys[0].title = "1번: 괜찮습니다";
  keys[1].title = "2번: 도와주세요";
  const form = make("form", "say");
  const input = make("input");
  input.setAttribute("aria-label", "말할 내용");
  input.placeholder = "예: 괜찮아요, 밖에 나와 있어요";
  const send = make("button", "btn", "말하기");
  form.append(input, send);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const value = input.value.trim();
    if (!value) { input.focus(); return; }
    if (await tell(call.sid, { do: "say", value })) input.value = "";
  });
  const end = button("끊기", "btn--end", () => tell(call.sid, { do: "hangup" }));
  acts.append(take, ...keys, form, end);
  const hint = make("p", "hint");
  const lines = make("div");
  box.append(top, number, lines, acts, hint);
  box.parts = { state: top.lastChild, take, keys, form, send, end, lines, hint, drawn: "" };
  return box;
}

function update(box, call) {
  const { parts } = box;
  const inTalk = call.status === "in-progress";
  box.classList.toggle("phone--talk", inTalk);
  parts.state.textContent = STATUS[call.status];
  parts.take.hidden = inTalk;
  parts.form.hidden = !inTalk;
  parts.keys.forEach((key) => { key.hidden = !inTalk || call.leg; });
  parts.end.textContent = inTalk ? "끊기" : "거절";
  parts.hint.textContent = inTalk
    ? (call.leg ? "관제요원과 이어져 있습니다. 하고 싶은 말을 적거나 끊어 주세요."
      : call.listening ? "대답을 기다립니다. 1번은 괜찮습니다, 2번은 도와주세요입니다." : "")
    : "그대로 두면 울리다가 끊기고 부재중이 됩니다.";
  const now = JSON.stringify(call.lines);
  if (now !== parts.drawn) {
    parts.drawn = now;
    parts.lines.replaceChildren(talk(call.lines));
    parts.lines.firstChild.scrollTop = 1e6;
  }
}

function drawLive(calls) {
  const place = byId("live");
  const seen = new Set(calls.map((call) => call.sid));
  for (const [sid, box] of cards) {
    if (!seen.has(sid)) { box.remove(); cards.delete(sid); }
  }
  for (const call of calls) {
    if (!cards.has(call.sid)) {
      const box = card(call);
      cards.set(call.sid, box);
      place.append(box);
    }
    update(cards.get(call.sid), call);
  }
  byId("live-empty").hidden = calls.length > 0;
  byId("live-count").textContent = `${calls.length}통`;
  const bells = calls.filter((call) => call.status === "ringing");
  document.title = bells.length ? `(벨 ${bells.length}) 모의 전화국` : "모의 전화국";
  const words = bells.map((call) => call.label || local(call.to)).join(", ");
  if (words !== ringing) {
    ringing = words;
    byId("ring-status").textContent = words ? `${words} 전화가 울립니다.` : "";
  }
}

function outcome(call) {
  const said = call.lines.filter((line) => line.who === "person").map((line) => line.text);
  if (call.status !== "completed") return STATUS[call.status];
  if (call.answered_by && call.answered_by.startsWith("machine")) return "음성사서함";
  return said.length ? `대답: ${said.join(" ")}` : "받았으나 대답 없음";
}

function drawList(id, rows, key, drawRow) {
  const place = byId(id);
  const now = JSON.stringify(rows.map(key));
  byId(`${id}-empty`).hidden = rows.length > 0;
  if (place.dataset.drawn === now) return;
  place.dataset.drawn = now;
  const open = new Set([...place.querySelectorAll("details[open]")].map((d) => d.dataset.sid));
  place.replaceChildren(...rows.map((row) => drawRow(row, open)));
}

function pastRow(call, open) {
  const row = make("li");
  const details = make("details");
  details.dataset.sid = call.sid;
  details.open = open.has(call.sid);
  const summary = make("summary");
  const who = make("span", "", call.label || local(call.to));
  summary.append(make("time", "meta", clock(call.at)), who, make("span", "meta", outcome(call)));
  details.append(summary, talk(call.lines));
  row.append(details);
  return row;
}

function textRow(text) {
  const row = make("li", "text");
  const body = make("p");
  for (const part of text.body.split(/(https?:\/\/\S+)/)) {
    if (/^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(part)) {
      const link = make("a", "", "링크 열기");
      link.href = part;
      body.append(link);
    } else body.append(part);
  }
  row.append(
    make("time", "meta", clock(text.at)),
    make("b", "", text.label || local(text.number)),
    make("span", "meta", text.inbound ? "보낸 문자" : TEXT_STATUS[text.status]), body);
  return row;
}

function draw(state) {
  byId("now").textContent = `${day(state.now)} ${clock(state.now, state.speed <= 1)}`;
  byId("speed").textContent = `${Math.round(state.speed).toLocaleString("ko-KR")}배속`;
  drawLive(state.live);
  drawList("past", state.past, (call) => call.sid, pastRow);
  drawList("texts", state.messages, (text) => [text.sid, text.status], textRow);
  byId("notices-box").hidden = state.notices.length === 0;
  byId("notices").replaceChildren(
    ...state.notices.map((notice) => make("li", "", `${notice.code} ${notice.message}`)));
}

async function refresh() {
  try {
    const reply = await fetch("/_control/state");
    if (!reply.ok) throw new Error(String(reply.status));
    draw(await reply.json());
    byId("lost").hidden = true;
  } catch {
    byId("lost").hidden = false;
  }
}

async function watch() {
  await refresh();
  window.setTimeout(watch, PERIOD_MS);
}

watch();
