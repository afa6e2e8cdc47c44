"use strict";

// Keys: a control names its key in `data-key` (pressed) or `data-focus` (entered). Nothing is typed
// into a field by accident: while one has the focus, only Escape and Ctrl+Enter mean anything.
const typing = (element) =>
  element instanceof HTMLElement && element.matches("input:not([type=checkbox]), textarea, select");

let busy = 0;
const waiting = []; // keys that came while a page was on its way

function press(key) {
  if (key === "?") { document.querySelector("#help").click(); return true; }
  const field = document.querySelector(`[data-focus="${CSS.escape(key)}"]`);
  if (field) { field.focus(); if (field.select) field.select(); return true; }
  const control = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (control) { control.click(); return true; }
  return false;
}

// Ctrl+Enter, as it waits among the keys.
const SEND = "Send";

function send(field) {
  if (field?.form) field.form.requestSubmit();
}

function catchUp() {
  while (waiting.length && !busy) {
    const key = waiting.shift();
    if (key === SEND) { send(document.activeElement); continue; }
    press(key);
    const field = document.activeElement;
    if (!typing(field) || !field.setRangeText) continue;
    // What was typed after the key of a field is meant for the field, until it is sent.
    const end = waiting.includes(SEND) ? waiting.indexOf(SEND) : waiting.length;
    field.setRangeText(waiting.splice(0, end).join(""), field.selectionStart, field.selectionEnd, "end");
  }
}

addEventListener("keydown", (event) => {
  const target = document.activeElement;
  const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (typing(target)) {
    if (event.key === "Escape") target.blur();
    if (sends) { event.preventDefault(); send(target); }
    return;
  }
  const waits = busy || waiting.length;
  if (waits && sends) { waiting.push(SEND); event.preventDefault(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
  if (waits) { waiting.push(event.key); event.preventDefault(); return; }
  if (press(event.key)) event.preventDefault();
});

addEventListener("click", (event) => {
  const help = event.target.closest("#help");
  if (help) {
    const keys = document.querySelector("#keys");
    keys.hidden = !keys.hidden;
    help.setAttribute("aria-expanded", String(!keys.hidden));
  }
  const said = event.target.closest("[data-insert]");
  if (said) {
    const field = document.getElementById(said.dataset.insert);
    field.value = said.textContent;
    field.focus();
  }
});

// Only what a person started counts as busy: a page that polls must not swallow a key.
const started = (detail) => detail.requestConfig?.boosted || detail.boosted;

addEventListener("htmx:beforeRequest", (event) => { if (started(event.detail)) busy += 1; });
addEventListener("htmx:afterRequest", (event) => {
  if (!started(event.detail)) return;
  busy = Math.max(0, busy - 1);
  if (event.detail.failed && !event.detail.xhr.status) waiting.length = 0;
  else setTimeout(catchUp);
});
addEventListener("htmx:afterSettle", (event) => {
  if (!started(event.detail)) return;
  document.querySelectorAll("#theme").forEach(themeButton);
  const main = document.querySelector("#main");
  if (main && !typing(document.activeElement)) main.focus({ preventScroll: true });
});
addEventListener("htmx:sendError", () => {
  const told = document.querySelector("#main");
  if (!told || document.querySelector("#gone")) return;
  const said = document.createElement("p");
  said.id = "gone";
  said.className = "problem";
  said.setAttribute("role", "alert");
  said.textContent = "The desk does not answer. What the page showed as saved is saved; start `autograder desk` again.";
  told.prepend(said);
});
