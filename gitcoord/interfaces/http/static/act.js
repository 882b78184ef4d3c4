// What a person does: dialogs, and requests with the rights of the session that is theirs.

import { h } from "./dom.js";
import { plural } from "./words.js";

/** Ask the server to do something; what it says against it is an error with its words. */
export async function post(path, fields) {
  let answer;
  try {
    answer = await fetch(`api/v1/${path}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(fields), credentials: "same-origin",
    });
  } catch {
    throw new Error("The server does not answer.");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error([said.message, said.hint].filter(Boolean).join(" — ") || `The server said ${answer.status}.`);
  return said;
}

/** Show a dialog with a form; resolves when it is over. `work` is given the fields; its error stays beside them. */
function ask(title, about, inputs, doing, work, kind = "main") {
  const wrong = h("p.wrong", { role: "alert", hidden: true });
  const form = h("form", { method: "dialog" }, inputs, wrong,
    h("div.buttons", {}, h("button", { type: "button", "data-close": true }, "Cancel"), h(`button.${kind}`, { type: "submit" }, doing)));
  const dialog = h("dialog", { "aria-labelledby": "ask-title" }, h("h2", { id: "ask-title" }, title), about, form);
  const from = document.activeElement;
  document.body.append(dialog);
  form.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const send = form.querySelector("[type=submit]");
    send.disabled = true;
    try {
      await work(Object.fromEntries(new FormData(form)));
      dialog.close();
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
    } finally {
      send.disabled = false;
    }
  });
  return new Promise((over) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      from?.focus?.();
      over();
    });
    dialog.showModal();
  });
}

const field = (label, element) => h("label", {}, label, element);
const text = (name, rest = {}) => h("input", { type: "text", name, autocomplete: "off", ...rest });

export const actions = {
  message: ({ to = "", name = "" }) => ask(name ? `Message to ${name}` : "Message", null, [
    to ? h("input", { type: "hidden", name: "to", value: to }) : field("To: a name, an id, all, role:R", text("to", { required: true })),
    field("Subject", text("subject", { required: true, maxlength: 200 })), field("Message", h("textarea", { name: "body", rows: 4 })),
  ], "Send", (said) => post("send", said)),

  answer: ({ id }) => ask("Answer", null, [field("What you say (may be left out)", h("textarea", { name: "words", rows: 3 }))],
    "Answer", ({ words }) => post("ack", { message: id, words })),

  release: ({ scope }) => ask(`Release ${scope}?`, h("p.dim", {}, "Others may claim it at once."), [field("What was done", text("done"))],
    "Release", ({ done }) => post("release", { scopes: [scope], done })),

  accept: ({ id }) => ask("Accept this handoff?", h("p.dim", {}, "Its claims and tasks become yours."), [], "Accept", () => post("handoff/accept", { id })),

  decline: ({ id }) => ask("Decline this handoff?", null, [field("Why", text("why"))], "Decline", ({ why }) => post("handoff/decline", { id, why })),

  take: ({ id }) => ask("Take this task?", h("p.dim", {}, "It becomes yours."), [], "Take", () => post("task/take", { id })),

  refuse: ({ id }) => ask("Decline this task?", null, [field("Why", text("why"))], "Decline", ({ why }) => post("task/decline", { id, why })),

  resume: () => ask("Let work go on?", h("p.dim", {}, "This ends every halt that you may end."), [field("Why", text("why"))], "Resume", (said) => post("resume", said)),

  halt: (_, view) => {
    const living = view.sessions.filter((one) => one.status !== "gone" && one.id !== view.me?.id);
    const who = living.length
      ? h("div.stops", {}, h("strong", {}, `This stops ${plural(living.length, "session")}: `), living.map((one) => one.name).join(", "))
      : h("div.stops", {}, "Nobody else works here now; whoever comes is stopped, too.");
    return ask("Halt all work?", who, [
      field("Reason", text("reason", { required: true, maxlength: 500 })),
      field("Severity", h("select", { name: "severity" }, ["critical", "warning", "fatal"].map((one) => h("option", { value: one }, one)))),
    ], "Halt everybody", (said) => post("halt", said), "stop");
  },
};
