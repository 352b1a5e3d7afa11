"use strict";
// Puts each changed region in place. The server renders and escapes; nothing is built here.
(() => {
  const lost = document.getElementById("connection");
  const announce = document.getElementById("announce");
  const known = new Set([...document.querySelectorAll("[data-announce]")].map((one) => one.dataset.announce));

  const place = (name, html) => {
    const region = document.getElementById(name);
    if (!region) return;
    const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
    region.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus();
  };

  // Screen readers hear of each recorded call once, not of every second.
  const tell = () => {
    const fresh = [...document.querySelectorAll("[data-announce]")].filter((one) => !known.has(one.dataset.announce));
    fresh.forEach((one) => known.add(one.dataset.announce));
    if (fresh.length) announce.textContent = fresh.map((one) => one.firstElementChild.textContent.trim()).join(". ");
  };

  const feed = new EventSource("/console/feed");
  feed.addEventListener("open", () => { lost.hidden = true; });
  feed.addEventListener("error", () => { lost.hidden = false; });
  feed.addEventListener("board", (event) => {
    for (const [name, html] of Object.entries(JSON.parse(event.data))) place(name, html);
    tell();
  });
})();
