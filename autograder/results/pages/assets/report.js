"use strict";

// The theme follows the system until the button is pressed. Storage, where there is any, only
// carries the choice over to the next page.
const themes = ["auto", "light", "dark"];
const root = document.documentElement;

function stored(theme) {
  try {
    if (theme) localStorage.setItem("autograder-theme", theme);
    return localStorage.getItem("autograder-theme");
  } catch {
    return null;
  }
}

function show(theme) {
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
}

const before = stored();
if (themes.includes(before)) show(before);

function themeButton() {
  const button = document.querySelector("#theme");
  const name = () => root.dataset.theme || "auto";
  const label = () => { button.textContent = "Theme: " + name(); };
  button.hidden = false;
  label();
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(name()) + 1) % themes.length];
    show(next);
    stored(next);
    label();
  });
}

// --- tables --------------------------------------------------------------------------------------

const byText = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function valueOf(cell, numeric) {
  const text = cell.dataset.value ?? cell.textContent.trim();
  return numeric ? (text === "" ? NaN : Number(text)) : text;
}

function sort(table, header) {
  const column = header.cellIndex;
  const numeric = header.classList.contains("number");
  const old = header.getAttribute("aria-sort");
  const order = old === "ascending" ? "descending" : old === "descending" ? "ascending"
    : numeric && header.dataset.first === "descending" ? "descending" : "ascending";
  for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row, index) =>
    ({ row, index, value: valueOf(row.cells[column], numeric) }));
  rows.sort((a, b) => {
    if (numeric) {
      // What has no number comes last in either order.
      const gap = Number.isNaN(a.value) - Number.isNaN(b.value);
      if (gap) return gap;
      return sign * (a.value - b.value) || a.index - b.index;
    }
    return sign * byText.compare(a.value, b.value) || a.index - b.index;
  });
  body.append(...rows.map(({ row }) => row));
}

function sortable(table) {
  for (const header of table.tHead.rows[0].cells) {
    const button = header.querySelector("button");
    if (button) button.addEventListener("click", () => sort(table, header));
  }
}

function filterable(form) {
  const table = document.querySelector("#everyone");
  const search = form.querySelector("input");
  const kind = form.querySelector("select");
  const found = form.querySelector("output");
  const rows = Array.from(table.tBodies[0].rows, (row) => ({
    row,
    text: (row.cells[0].textContent + " " + row.lastElementChild.textContent).toLowerCase(),
    kinds: row.dataset.kinds.split(" "),
  }));
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const { row, text, kinds } of rows) {
      const fits = words.every((word) => text.includes(word)) &&
        (kind.value === "" || kinds.includes(kind.value) ||
          (kind.value === "any" && kinds[0] !== ""));
      row.hidden = !fits;
      shown += fits;
    }
    found.textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
  };
  search.addEventListener("input", apply);
  kind.addEventListener("change", apply);
  form.hidden = false;
  apply();
}

// --- a student's page ----------------------------------------------------------------------------

// The notebook holds each picture once; the strip above it shows them again.
function strip(list) {
  for (const cell of document.querySelectorAll(".cell[data-pictures]")) {
    for (const picture of cell.querySelectorAll(".picture img")) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const copy = document.createElement("img");
      const caption = document.createElement("span");
      link.href = "#" + cell.id;
      copy.src = picture.src;
      copy.alt = "";
      caption.textContent = cell.dataset.pictures;
      link.append(copy, caption);
      item.append(link);
      list.append(item);
    }
  }
  list.closest("section").hidden = list.children.length === 0;
}

addEventListener("DOMContentLoaded", () => {
  themeButton();
  document.querySelectorAll("table.sortable").forEach(sortable);
  document.querySelectorAll("#filter").forEach(filterable);
  document.querySelectorAll("#strip").forEach(strip);
});

// Paper cannot be unfolded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = Array.from(document.querySelectorAll("details:not([open])"));
  for (const part of folded) part.open = true;
});
addEventListener("afterprint", () => {
  for (const part of folded) part.open = false;
});
