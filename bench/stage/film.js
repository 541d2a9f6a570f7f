// Counts frames, and how many gifts the stage holds at most, from now until it is asked.
globalThis.film = { frames: [], queue: 0 };
const look = () => {
  const show = document.querySelector("[data-queue]");
  if (show) film.queue = Math.max(film.queue, Number(show.dataset.queue));
};
const frame = (at) => {
  film.frames.push(at);
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
new MutationObserver(look).observe(document, { subtree: true, attributeFilter: ["data-queue"] });
look();
