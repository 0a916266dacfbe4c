// Charts: put drawings into the page, name their marks on hover and by arrow keys, show what an evidence id means.

async function inline(image) {
  const answer = await fetch(`${image.src}?form=inline`);
  if (!answer.ok) return;
  const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  if (drawing.nodeName !== "svg") return;
  drawing.setAttribute("class", "drawing");
  drawing.setAttribute("role", "graphics-document");
  drawing.setAttribute("aria-label", image.alt);
  drawing.removeAttribute("width");
  drawing.removeAttribute("height");
  image.replaceWith(document.importNode(drawing, true));
}

function explorable(canvas) {
  const marks = [...canvas.querySelectorAll("[role=graphics-symbol][aria-roledescription=point], [role=graphics-symbol][aria-roledescription=bar]")];
  if (!marks.length) return;
  const says = document.createElement("p");
  says.className = "says";
  says.setAttribute("role", "status");
  canvas.after(says);
  let at = -1;
  const say = (mark) => {
    marks.forEach((m) => m.classList.toggle("pointed", m === mark));
    says.textContent = mark ? mark.getAttribute("aria-label") : "";
  };
  marks.forEach((mark) => {
    mark.addEventListener("pointerenter", () => say(mark));
    mark.addEventListener("pointerleave", () => say(null));
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") say(null);
    if (!step || document.body.classList.contains("present")) return;
    event.preventDefault();
    at = Math.min(marks.length - 1, Math.max(0, at + step));
    say(marks[at]);
  });
}

function light(id) {
  document.querySelectorAll(".lit").forEach((m) => m.classList.remove("lit"));
  const figure = document.getElementById(id);
  if (!figure?.matches("figure.chart")) return;
  const marks = [...figure.querySelectorAll("[aria-roledescription=point]")];
  const first = marks.findIndex((m) => m.getAttribute("aria-label").startsWith(`${figure.dataset.since}:`));
  marks.slice(Math.max(0, first)).forEach((m) => m.classList.add("lit"));
}

async function ready(part) {
  for (const canvas of part.querySelectorAll("[data-chart]")) {
    if (part === document && canvas.closest("details.more")) continue;
    const image = canvas.querySelector("img");
    if (image) await inline(image);
    explorable(canvas);
  }
}

export async function charts() {
  const folds = document.querySelectorAll("details.more");
  folds.forEach((fold) => fold.addEventListener("toggle", () => ready(fold), { once: true }));
  await ready(document);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.ref");
    if (link) light(link.hash.slice(1));
  });
  if (location.hash) light(location.hash.slice(1));
}
