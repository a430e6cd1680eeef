const main = document.querySelector("main");
const answers = [...document.querySelectorAll(".answer")];
const offers = new Map(JSON.parse(main.dataset.offered).map(([text, points]) => [text, points]));
const status = document.getElementById("status");

const parts = answer => ({
  points: answer.querySelector("input"), comment: answer.querySelector("textarea"), state: answer.querySelector(".state"),
});

function count() {
  const left = answers.filter(answer => !answer.classList.contains("done")).length;
  status.textContent = left ? `${left} of ${answers.length} wait` : `all ${answers.length} are graded`;
}

function offer() {
  const texts = [...offers.keys()].slice(0, 9);
  for (const answer of answers) {
    answer.querySelector(".offers").replaceChildren(...texts.map((text, number) => {
      const item = document.createElement("li"), button = document.createElement("button");
      const points = offers.get(text);
      button.type = "button";
      button.dataset.text = text;
      button.textContent = `${number + 1} · ${text.length > 60 ? text.slice(0, 60) + "…" : text}${points === null ? "" : ` (${points})`}`;
      item.append(button);
      return item;
    }));
  }
}

function take(answer, text) {
  const { points, comment } = parts(answer);
  if (text === undefined) return;
  if (!comment.value.includes(text)) comment.value = [comment.value.trim(), text].filter(Boolean).join("\n");
  if (points.value === "" && offers.get(text) !== null) points.value = offers.get(text);
  comment.focus();
}

async function keep(answer, sure = false) {
  const { points, comment, state } = parts(answer);
  const typed = JSON.stringify([points.value.trim(), comment.value.trim()]);
  const open = !answer.classList.contains("done") && points.value.trim() !== "";
  if (answer.dataset.kept === typed && !(sure && open)) return true;
  state.className = "state quiet";
  state.textContent = "saving …";
  let said = "the server doesn't answer: is the command still running?";
  try {
    const reply = await fetch("/keep", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Token": main.dataset.token },
      body: JSON.stringify({
        row: answer.dataset.row, cell: main.dataset.cell, commented: main.dataset.commented,
        points: points.value.trim().replace(",", "."), comment: comment.value,
      }),
    });
    said = reply.ok ? "" : await reply.text();
  } catch { /* the sentence above says it */ }
  if (said) {
    state.className = "state wrong";
    state.textContent = `Not saved: ${said}`;
    points.setAttribute("aria-invalid", "true");
    points.focus();
    return false;
  }
  points.removeAttribute("aria-invalid");
  answer.dataset.kept = typed;
  answer.classList.toggle("done", points.value.trim() !== "");
  state.className = "state right";
  state.textContent = points.value.trim() === "" ? "saved, waits" : "✓ saved";
  const text = comment.value.trim();
  if (text) {
    offers.set(text, points.value.trim() === "" ? null : points.value.trim().replace(",", "."));
    offer();
  }
  count();
  return true;
}

function go(answer, step) {
  const next = answers[answers.indexOf(answer) + step];
  if (next) { parts(next).points.focus(); parts(next).points.select(); }
  else document.getElementById(step > 0 ? "end" : "start").focus();
}

for (const answer of answers) {
  const { points, comment } = parts(answer);
  answer.dataset.kept = JSON.stringify([points.value.trim(), comment.value.trim()]);
  answer.addEventListener("keydown", async event => {
    const inPoints = event.target === points, inComment = event.target === comment;
    if (event.key === "Enter" && (inPoints || (inComment && (event.ctrlKey || event.metaKey)))) {
      event.preventDefault();
      if (await keep(answer, true)) go(answer, 1);
    } else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      if (await keep(answer)) go(answer, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.altKey && /^Digit[1-9]$/.test(event.code)) {
      event.preventDefault();
      take(answer, [...offers.keys()][+event.code.slice(5) - 1]);
    }
  });
  answer.addEventListener("focusout", event => {
    if (!answer.contains(event.relatedTarget)) keep(answer);
  });
  answer.querySelector(".offers").addEventListener("click", event => {
    const button = event.target.closest("button");
    if (button) take(answer, button.dataset.text);
  });
}
offer();
count();
document.getElementById("first").addEventListener("click", () => {
  const next = answers.find(answer => !answer.classList.contains("done")) ?? answers[0];
  if (next) { parts(next).points.focus(); parts(next).points.select(); }
});
