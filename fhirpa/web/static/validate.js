// Smooths the page /validate, which works without it: dropping a file, saying what happens, and going from a
// finding to its line without the page jumping about.
"use strict";

const form = document.querySelector("form[data-limit]");
const result = document.getElementById("result");

function size(bytes) {
  return bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1048576).toFixed(1)} MiB`;
}

function watchForm() {
  const limit = Number(form.dataset.limit);
  const file = form.elements.file;
  const button = form.querySelector("button");
  const told = document.getElementById("told");

  function fits() {
    const chosen = file.files[0];
    const bytes = chosen ? chosen.size : new Blob([form.elements.source.value]).size;
    const name = chosen ? chosen.name : "What is pasted";
    if (bytes > limit) {
      told.textContent = `${name} has ${size(bytes)}; at most ${size(limit)} can be validated here.`;
      return false;
    }
    told.textContent = chosen ? `${name} (${size(bytes)}) will be validated.` : "";
    return true;
  }

  file.addEventListener("change", fits);
  form.addEventListener("submit", (event) => {
    if (!fits()) {
      event.preventDefault();
      return;
    }
    button.disabled = true;
    told.textContent = "Validating…";
  });
  window.addEventListener("pageshow", () => { button.disabled = false; });

  let depth = 0;
  const holdsFiles = (event) => event.dataTransfer && event.dataTransfer.types.includes("Files");
  const over = (inside) => {
    depth = Math.max(0, depth + inside);
    form.classList.toggle("over", depth > 0);
  };
  document.addEventListener("dragenter", (event) => { if (holdsFiles(event)) over(1); });
  document.addEventListener("dragleave", (event) => { if (holdsFiles(event)) over(-1); });
  document.addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    over(-depth);
    file.files = event.dataTransfer.files;
    const again = form.closest("details");
    if (again) again.open = true;
    fits();
    file.focus();
  });
}

function watchResult() {
  const findings = [...result.querySelectorAll(".finding")];
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function show(target) {
    for (const old of result.querySelectorAll(".current")) old.classList.remove("current");
    target.classList.add("current");
    const pane = target.closest(".pane");
    const middle = target.offsetTop - pane.offsetTop - (pane.clientHeight - target.offsetHeight) / 2;
    pane.scrollTo({ top: middle, behavior: calm ? "auto" : "smooth" });
    if (pane.getBoundingClientRect().top < 0 || pane.getBoundingClientRect().bottom > window.innerHeight) {
      pane.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
    }
    const link = target.matches(".finding") ? target.querySelector("a") : target.querySelector("a.number");
    if (link) link.focus({ preventScroll: true });
  }

  result.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target || !target.closest(".pane")) return;
    event.preventDefault();
    if (target.dataset.severity) document.getElementById(`show-${target.dataset.severity}`).checked = true;
    show(target);
  });

  result.addEventListener("change", () => {
    const shown = findings.filter((f) => document.getElementById(`show-${f.dataset.severity}`).checked);
    document.getElementById("shown").textContent = `${shown.length} of ${findings.length} kinds of finding are shown.`;
  });
}

if (form) watchForm();
if (result) watchResult();
