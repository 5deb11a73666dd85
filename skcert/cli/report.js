"use strict";
// Turns the heads of each sortable table into buttons. The rows are in the page; without this they stay as they are.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const collator = new Intl.Collator(undefined, { numeric: true });
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent;
  };
  const compare = (a, b) => (typeof a === "number" ? (a < b ? -1 : Number(a > b)) : collator.compare(a, b));
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      const rows = Array.from(body.rows);
      rows.sort((a, b) => sign * compare(valueOf(a, column), valueOf(b, column)));
      body.append(...rows);
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    });
  });
}
// Labels that have been checked, as a file for --trusted. Its fields are in the page as they stand in CSV: the head,
// then each class. A byte order mark says that it is UTF-8.
const list = document.querySelector("table.worklist");
if (list !== null) {
  const rows = Array.from(list.tBodies[0].rows);
  const [head, ...classes] = Array.from(document.querySelectorAll(".fields li"), (item) => item.textContent);
  const button = document.querySelector("button.save");
  const ticked = () => rows.filter((row) => row.querySelector("input").checked);
  let saved = true;
  const count = () => {
    const done = ticked().length;
    button.disabled = done === 0;
    document.querySelector(".progress").textContent = `${done} of ${rows.length} checked`;
  };
  const line = (row) => {
    const chosen = row.querySelector("select").selectedOptions[0].dataset.class;
    return [classes[Number(chosen)], "yes", row.dataset.row, row.dataset.key].join();
  };
  list.addEventListener("change", () => {
    saved = false;
    count();
  });
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", [head, ...ticked().map(line)].join("\n"), "\n"]));
    link.download = button.dataset.file;
    link.click();
    saved = true;
  });
  window.addEventListener("beforeunload", (leaving) => {
    if (!saved) leaving.preventDefault();
  });
  count(); // a browser may have kept the ticks of a page that was loaded again
}
for (const hidden of document.querySelectorAll(".script")) hidden.hidden = false;
