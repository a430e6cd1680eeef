for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      const key = row => row.cells[column].dataset.key ?? row.cells[column].textContent.trim();
      const rows = [...table.tBodies[0].rows].map(row => [key(row), row]);
      const numbers = rows.every(([text]) => text === "" || !isNaN(text));
      const order = numbers
        ? ([a], [b]) => (a === "" ? -Infinity : +a) - (b === "" ? -Infinity : +b)
        : ([a], [b]) => a.localeCompare(b, undefined, { numeric: true });
      rows.sort((a, b) => (up ? 1 : -1) * order(a, b));
      table.tBodies[0].append(...rows.map(([, row]) => row));
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
    });
  });
}
for (const field of document.querySelectorAll("input[data-filters]")) {
  const table = document.getElementById(field.dataset.filters);
  const count = document.getElementById(`${field.dataset.filters}-count`);
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.dataset.search.toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${table.tBodies[0].rows.length} students`;
  };
  field.addEventListener("input", filter);
}
