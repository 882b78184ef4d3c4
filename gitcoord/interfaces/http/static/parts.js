// Each part of the board, made from the record of board.json. Nothing here asks the server or keeps anything.

import { h } from "./dom.js";
import { ago, clock, few, plural } from "./words.js";

const COLLISIONS = new Set(["overlap", "worktree", "conflict"]);

function part(id, title, count, ...body) {
  return h("section", { id, "data-key": id, "aria-labelledby": `${id}-title` },
    h("header", {}, h("h2", { id: `${id}-title` }, title), count === null ? null : h("span.count", {}, count)),
    ...body);
}

/** The whole board; `view` is the record, `past` whether it is one of another time. */
export function board(view, past) {
  const now = past ? new Date(view.as_of) : new Date();
  const found = view.attention;
  const shut = past || !view.may_act; // nothing can be done from here
  return h("div", {},
    h("main", { id: "main", tabindex: "-1" },
      past ? bannerPast(view) : null,
      ...view.halts.map((halt) => bannerHalt(halt, shut)),
      past ? null : needs(found.filter((item) => !COLLISIONS.has(item.what)), shut),
      sessions(view, now, shut),
      past ? null : collisions(found.filter((item) => COLLISIONS.has(item.what))),
      view.lines.length ? landing(view) : null,
      work(view),
      view.workflows.length ? workflows(view) : null,
      view.barriers.length ? barriers(view) : null,
      h("div.three", { "data-key": "three" }, messages(view), claims(view, shut), timeline(view))));
}

const bannerPast = (view) => h("div.banner", { "data-key": "past", role: "status" },
  h("span", {}, `This is the board as of ${new Date(view.as_of).toLocaleString()}.`),
  h("button.small", { "data-do": "now", type: "button" }, "Back to now"));

const bannerHalt = (halt, shut) => h("div.banner.halted", { "data-key": `halt-${halt.id}`, role: "alert" },
  h("strong", {}, halt.only.length ? `Halted: ${few(halt.only)}` : "All work is halted"),
  h("span", {}, `${halt.reason} (${halt.name}, since ${clock(halt.since)})`),
  halt.missing.length ? h("span", {}, `no answer yet: ${few(halt.missing.map((one) => one.name))}`) : null,
  shut ? null : h("button.small.push", { "data-do": "resume", type: "button" }, "Resume work"));

function needs(found, shut) {
  const body = found.length
    ? h("ul.card.needs", {}, found.map((item) => need(item, shut)))
    : h("p.card.empty", {}, "Nothing needs you.");
  return part("needs", "Needs you", found.length || null, body);
}

/** What helps, as buttons, where the hint names a command that the page has. */
const HELP = [
  [/handoff accept ([0-9a-f]+)/, (id) => [button("Accept", "accept", { id }), button("Decline", "decline", { id })]],
  [/task take ([0-9a-f]+)/, (id) => [button("Take", "take", { id }), button("Decline", "refuse", { id })]],
  [/coord ack ([0-9a-f]+)/, (id) => [button("Answer", "answer", { id })]],
];

function need(item, shut) {
  const key = `${item.what}-${item.sessions.join()}-${item.scopes.join()}-${item.messages.join()}-${item.hint}`;
  const help = HELP.map(([pattern, make]) => [pattern.exec(item.hint ?? ""), make]).find(([found]) => found);
  return h("li", { "data-key": key, class: item.mine ? "mine" : false },
    h("div.what", {}, h("p", {}, item.text), item.hint ? h("p", {}, h("code", {}, item.hint)) : null),
    h("div.do", {}, help && !shut ? help[1](help[0][1]) : null));
}

const button = (text, what, about = {}, kind = "button.small") =>
  h(kind, { type: "button", "data-do": what, "data-about": JSON.stringify(about) }, text);

/** Sessions with their depth, by name, the gone last, children behind their parent: a row stays where it is. */
function families(known) {
  const ids = new Set(known.map((one) => one.id));
  const gone = (one) => Number(one.status === "gone");
  const children = new Map();
  for (const one of [...known].sort((a, b) => gone(a) - gone(b) || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1))) {
    const parent = ids.has(one.parent) ? one.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), one]);
  }
  const below = (id, depth) => (children.get(id) ?? []).flatMap((one) => [[one, Math.min(4, depth)], ...below(one.id, depth + 1)]);
  return below("", 0);
}

function sessions(view, now, shut) {
  const known = families(view.sessions);
  const rows = known.map(([one, depth]) => session(one, view, now, depth, shut));
  const body = rows.length
    ? h("ul.card.sessions", {}, rows)
    : h("p.card.empty", {}, "No session yet. The first claim starts one: ", h("code", {}, "git coord claim PATH"));
  return part("sessions", "Sessions", known.length || null, body);
}

function session(one, view, now, depth, shut) {
  const me = view.me && view.me.id === one.id;
  const doing = [one.work, one.target].filter(Boolean).join(" ");
  const more = [one.phase, one.next ? `then ${one.next}` : ""].filter(Boolean).join(", ");
  return h(`li.d${depth}`, { "data-key": one.id },
    h("div.who", {},
      h(`span.state.${one.status}`, {}, h("b", {}, one.name)), " ",
      me ? h("span.tag", {}, "you") : null,
      teams(one, view).map((name) => h("span.tag", { "data-key": `team-${name}` }, `team ${name}`)),
      h("p", {}, [one.status, one.role, one.agent, one.claims.length ? plural(one.claims.length, "claim") : ""].filter(Boolean).join(" · "))),
    h("div.doing", {},
      doing ? h("span", {}, doing) : h("span.dim", {}, one.claims.length ? `holds ${few(one.claims)}` : "says nothing of what it does"),
      more ? h("p.dim", {}, more) : null,
      one.progress === null ? null
        : h("progress", { max: 100, value: one.progress, "aria-label": `${one.name}: ${one.progress} %` })),
    h("div.git", {}, git(one)),
    h("div.seen", {}, h("span.unseen", {}, "last sign of life "), ago(one.last_seen, now),
      shut || me ? null : [" ", button("Message", "message", { to: one.id, name: one.name }, "button.small.quiet")]));
}

const teams = (one, view) =>
  view.teams.filter((team) => team.members.some((member) => member.session === one.id)).map((team) => team.name);

function git(one) {
  const found = one.git;
  const parts = [one.branch ? h("code", {}, one.branch) : h("span.dim", {}, "no branch")];
  if (!found) return parts;
  parts.push(found.dirty ? h("span.tag.warn", {}, `${plural(found.dirty, "file")} uncommitted`) : h("span.tag", {}, "clean"));
  if (found.ahead) parts.push(h("span.tag", { title: `${plural(found.ahead, "commit")} that ${found.base} does not have` }, `↑ ${found.ahead}`));
  if (found.behind) parts.push(h("span.tag", { title: `${plural(found.behind, "commit")} of ${found.base} that it does not have` }, `↓ ${found.behind}`));
  const said = {
    landed: ["good", `landed on ${found.base}`], lands: ["good", `would land on ${found.base}`],
    conflicts: ["bad", `conflicts with ${found.base}${found.paths.length ? `: ${few(found.paths, 2)}` : ""}`],
  }[found.landing];
  if (said) parts.push(h(`span.tag.${said[0]}`, {}, said[1]));
  return parts;
}

function collisions(found) {
  const body = found.length
    ? h("ul.card.needs", {}, found.map((item) => need(item, true)))
    : h("p.card.empty", {}, "No two sessions are heading for the same files.");
  return part("collisions", "Collisions", found.length || null, body);
}

/** Who lands where, in the order of their turns. */
function landing(view) {
  const count = view.lines.reduce((sum, line) => sum + line.entries.length, 0);
  return part("landing", "Landing", count, h("ul.card", {}, view.lines.map((line) =>
    h("li.flow", { "data-key": line.branch }, h("b", {}, "onto ", h("code", {}, line.branch)),
      h("ol", {}, line.entries.map((one) => h("li", { "data-key": one.session }, turn(one))))))));
}

const turn = (one) => [
  h(one.closed ? "span.tag.bad" : one.place === 1 ? "span.tag.good" : "span.tag", {},
    one.closed ? `${one.name} keeps it closed` : one.place === 1 ? `${one.name} has the turn` : `${one.name} waits`),
  one.urgent ? h("span.tag.warn", {}, "urgent") : null, one.confirmed ? null : h("span.tag.warn", {}, "provisional"),
  h("span", {}, ` ${one.what} `), h("span.dim", {}, `since ${clock(one.since)}`)];

const COLUMNS = [
  ["Ready", ["ready", "pending"]], ["In progress", ["running"]], ["Waiting", ["waiting", "blocked"]],
  ["Over", ["completed", "failed", "cancelled"]],
];

function work(view) {
  if (!view.tasks.length) return part("work", "Tasks", null, h("p.card.empty", {}, "No tasks. ", h("code", {}, "git coord task add TITLE")));
  const columns = COLUMNS.map(([title, statuses]) => {
    const found = view.tasks.filter((one) => statuses.includes(one.status));
    return h("div.column", { "data-key": title }, h("h3", {}, `${title} `, h("span.count", {}, found.length)),
      h("ul", {}, found.slice(0, 12).map(task)), found.length > 12 ? h("p.dim", {}, `and ${found.length - 12} more`) : null);
  });
  return part("work", "Tasks", view.tasks_total, h("div.columns", {}, columns));
}

function task(one) {
  const about = [one.holder_name || (one.to ? `for ${one.to}` : ""), one.priority === "normal" ? "" : one.priority,
    one.waiting_for ? `waits for ${one.waiting_for}` : "", one.blocked_by.length ? "blocked" : ""];
  return h("li.task", { "data-key": one.id },
    one.status === "failed" ? h("span.tag.bad", {}, "failed") : null, one.status === "cancelled" ? h("span.tag", {}, "cancelled") : null,
    h("span", {}, one.title), h("p", {}, about.filter(Boolean).join(" · ")), one.error ? h("p.wrong", {}, one.error) : null,
    one.progress === null || one.status !== "running" ? null : h("progress", { max: 100, value: one.progress, "aria-label": `${one.title}: ${one.progress} %` }));
}

function workflows(view) {
  const look = { completed: "good", failed: "bad", running: "warn" };
  return part("flows", "Workflows", view.workflows.length, h("ul.card", {}, view.workflows.map((flow) =>
    h("li.flow", { "data-key": flow.id }, h("b", {}, flow.title), " ", h("span.dim", {}, flow.status),
      h("ol", {}, flow.stages.map((stage) =>
        h("li", { "data-key": stage.name }, h(look[stage.status] ? `span.tag.${look[stage.status]}` : "span.tag", {}, `${stage.name}: ${stage.status}${stage.holder_name ? `, ${stage.holder_name}` : ""}`))))))));
}

function barriers(view) {
  return part("barriers", "Barriers", view.barriers.length, h("ul.card", {}, view.barriers.map((one) =>
    h("li.flow", { "data-key": one.id }, h("b", {}, one.name), " ", h("span.dim", {}, one.then ? `${one.status}, then: ${one.then}` : one.status),
      h("ol", {}, one.arrivals.map((found) => h("li", { "data-key": found.session }, h("span.tag.good", {}, `${found.name} arrived`))),
        one.missing.map((found) => h("li", { "data-key": `missing-${found.need}` },
          h(found.status === "gone" ? "span.tag.bad" : "span.tag", {}, `${found.need} is missing${found.status ? `, ${found.status}` : ""}`))))))));
}

function messages(view) {
  const threads = new Map();
  for (const one of view.messages) {
    const key = one.thread || one.id;
    threads.set(key, [...(threads.get(key) ?? []), one]);
  }
  const newest = [...threads.values()].sort((a, b) => (a.at(-1).time < b.at(-1).time ? 1 : -1));
  const body = newest.length
    ? h("ul.threads", {}, newest.map((found) => h("li", { "data-key": found[0].id }, letter(found[0]),
        found.length > 1 ? h("ul", {}, found.slice(1).map((one) => h("li", { "data-key": one.id }, letter(one)))) : null)))
    : h("p.empty", {}, "No messages yet.");
  return part("messages", "Messages", null, h("div.card.scroll", { tabindex: "0", role: "group", "aria-labelledby": "messages-title" }, body));
}

const letter = (one) => [
  h("div", {}, h("b", {}, one.subject)),
  h("p", {}, `${one.name} to ${one.to} · ${clock(one.time)}${one.priority && one.priority !== "normal" ? ` · ${one.priority}` : ""}`),
  one.body ? h("p.text", {}, one.body.length > 400 ? `${one.body.slice(0, 400)} …` : one.body) : null,
];

function claims(view, shut) {
  const root = { inner: new Map(), held: [] };
  for (const one of view.claims) {
    let at = root;
    const words = /^[a-z]+:/.test(one.scope) && one.kind === "name" ? [one.scope] : one.scope.split("/").filter(Boolean);
    for (const word of words) {
      if (!at.inner.has(word)) at.inner.set(word, { inner: new Map(), held: [] });
      at = at.inner.get(word);
    }
    at.held.push(one);
  }
  const body = view.claims.length ? h("ul", {}, branches(root, "", view, shut)) : h("p.dim", {}, "Nobody claims anything.");
  return part("claims", "Claims", view.claims.length || null,
    h("div.card.scroll.tree", { tabindex: "0", role: "group", "aria-labelledby": "claims-title" }, body));
}

function branches(at, path, view, shut) {
  return [...at.inner].sort(([a], [b]) => a.localeCompare(b)).map(([word, node]) => {
    let [name, end] = [word, node];
    while (!end.held.length && end.inner.size === 1) {
      const [[next, deeper]] = end.inner;
      [name, end] = [`${name}/${next}`, deeper];
    }
    const here = `${path}/${name}`;
    return h("li", { "data-key": here },
      h("div.held", {}, h("code", {}, name), end.held.map((one) => held(one, view, shut))),
      end.inner.size ? h("ul", {}, branches(end, here, view, shut)) : null);
  });
}

const held = (one, view, shut) => {
  const mine = view.me && one.session === view.me.id;
  const away = one.status === "active" ? "" : `, ${one.status}`;
  return [h(one.status === "gone" ? "span.tag.bad" : "span.tag", { title: one.work }, `${one.called}${away}, until ${clock(one.held_until)}`),
    one.shared ? h("span.tag", {}, "shared") : null, one.confirmed ? null : h("span.tag.warn", {}, "provisional"),
    mine && !shut ? button("Release", "release", { scope: one.scope }) : null];
};

function timeline(view) {
  const events = view.events;
  const body = events.length
    ? h("ol.events", {}, events.slice(0, 80).map((one) =>
        h("li", { "data-key": one.id ?? one.seq, class: one.verdict === "refused" ? "refused" : false },
          h("time", { datetime: one.time }, clock(one.time)),
          h("span", {}, `${one.name}: ${one.subject}`, one.verdict === "refused" ? " (refused)" : ""))))
    : h("p.empty", {}, "Nothing has happened yet.");
  return part("timeline", "Timeline", null, h("div.card", {}, back(view),
    h("div.scroll", { tabindex: "0", role: "group", "aria-labelledby": "timeline-title" }, body)));
}

/** The slider that goes back: one step for each moment at which something happened. */
function back(view) {
  const last = view.moments.length - 1;
  if (last < 1) return null;
  const then = view.moments.find((one) => one.time === view.past);
  const said = then ? `as of ${clock(then.time)}: ${then.said}` : "now";
  return h("div.when", { "data-key": "when" },
    h("label", { for: "back" }, "Go back"),
    h("input", { id: "back", type: "range", min: 0, max: last, value: last, step: 1, "aria-valuetext": said }),
    h("output", { for: "back", id: "back-said" }, said));
}
