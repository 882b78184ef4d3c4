// The board: asks for its record, shows it, and asks anew when something happened.

import { actions } from "./act.js";
import { h, patch } from "./dom.js";
import { board } from "./parts.js";
import { clock } from "./words.js";

const SOONEST = 250; // milliseconds between two looks, however much happens
const SELDOM = 30000; // leases run out without an event
const page = document.getElementById("page");
const live = document.getElementById("live");
let view = null;
let past = ""; // the moment that is shown, '' for now
let asking = false;
let again = false;
let cost = 0;
let socket = null;
let delay = 500;
let heard = Date.now(); // when the server answered last

function say(state, text) {
  live.dataset.state = state;
  if (live.textContent !== text) live.textContent = text;
}

async function look() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  again = false;
  const began = performance.now();
  const wanted = past;
  try {
    const answer = await fetch(`board.json${wanted ? `?as_of=${encodeURIComponent(wanted)}` : ""}`, { credentials: "same-origin" });
    if (answer.status === 401) {
      location.replace("sign-in");
      return;
    }
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.message);
    heard = Date.now();
    if (wanted === past) show(said);
  } catch (error) {
    say("stale", `stale since ${clock(heard)}: ${error.message || "the server does not answer"}`);
  } finally {
    cost = performance.now() - began;
    asking = false;
    if (again) soon();
  }
}

let timer = 0;
function soon() {
  if (timer || document.hidden) return;
  timer = setTimeout(() => {
    timer = 0;
    look();
  }, Math.max(SOONEST, 2 * cost));
}

function show(said) {
  const moments = view?.moments;
  const wasPast = view?.past;
  view = { ...said, past };
  if (past && moments) view.moments = moments; // the slider stays as it is while somebody goes back
  const fresh = board(view, Boolean(past));
  const slider = document.getElementById("back");
  const focused = document.activeElement;
  if (page.firstElementChild?.nodeName === "DIV") patch(page.firstElementChild, fresh);
  else page.replaceChildren(fresh);
  if (document.activeElement !== focused && page.contains(focused)) focused.focus({ preventScroll: true }); // it was moved
  const now = document.getElementById("back");
  if (now && (!past || !slider) && document.activeElement !== now) now.value = now.max;
  if (wasPast && !past && now) now.value = now.max;
  const waiting = view.attention.filter((item) => item.mine).length;
  document.title = `${waiting ? `(${waiting}) ` : ""}${view.project} · git-coord`;
  document.getElementById("project").textContent = view.project;
  for (const button of document.querySelectorAll(".bar button")) button.disabled = Boolean(past) || !view.may_act;
  if (socket?.readyState === WebSocket.OPEN) say("live", past ? `as of ${clock(view.as_of)}` : "live");
}

function listen() {
  const address = new URL("api/v1/events", location.href);
  address.protocol = "ws:";
  address.hash = "";
  socket = new WebSocket(address);
  socket.addEventListener("open", () => {
    delay = 500;
    socket.send(JSON.stringify({ type: "subscribe", id: "board" }));
  });
  socket.addEventListener("message", (event) => {
    const said = JSON.parse(event.data);
    heard = Date.now();
    if (said.type === "event" && !past) soon();
    if (said.type === "subscribed") {
      say("live", past ? `as of ${clock(view.as_of)}` : "live");
      soon();
    }
  });
  socket.addEventListener("close", () => {
    say("stale", `stale since ${clock(heard)}`);
    setTimeout(listen, delay);
    delay = Math.min(15000, delay * 2);
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  if (button.dataset.do === "now") {
    past = "";
    look();
    return;
  }
  await actions[button.dataset.do](JSON.parse(button.dataset.about || "{}"), view);
  soon();
});

document.addEventListener("input", (event) => {
  if (event.target.id !== "back") return;
  const at = Number(event.target.value);
  const moment = view.moments[at];
  past = at === view.moments.length - 1 ? "" : moment.time;
  const said = past ? `as of ${clock(moment.time)}: ${moment.said}` : "now";
  document.getElementById("back-said").textContent = said;
  event.target.setAttribute("aria-valuetext", said);
  look();
});

document.addEventListener("visibilitychange", () => !document.hidden && soon());
setInterval(() => !past && soon(), SELDOM);
for (const name of ["message", "halt"]) {
  const kind = name === "halt" ? "button.stop" : "button";
  document.getElementById("do").append(h(kind, { type: "button", "data-do": name, disabled: true }, { message: "Message", halt: "Halt" }[name]));
}
look().then(listen);
