// Live progress of one task by server-sent events.
const WORDS = { PENDING: "waiting", STARTED: "running", RETRY: "will be tried again" };

export function progress() {
  const box = document.querySelector("[data-task]");
  if (!box || box.dataset.going !== "yes") return;
  const source = new EventSource(`/dashboard/tasks/${box.dataset.task}/events`);
  const show = (event) => {
    const task = JSON.parse(event.data);
    box.querySelector("[data-status]").textContent = WORDS[task.status] ?? task.status.toLowerCase();
    if (task.status === "STARTED") box.querySelector("[data-stage]").textContent = ` · ${task.progress.stage}`;
    box.querySelector("progress").value = task.progress.percent;
  };
  source.addEventListener("progress", show);
  source.addEventListener("final", () => {
    source.close();
    location.reload();
  });
}
