// The uploads of this page: two run at once, the others wait their turn. An error of one stops no other.

import { UploadTask } from "./upload-task.js";

const AT_ONCE = 2;

export class UploadQueue {
  /** @type {UploadTask[]} */
  tasks = [];
  /** Called after each change of the queue or of a task. */
  onChange = () => {};
  /** Called when a file is stored. @type {(task: UploadTask) => void} */
  onStored = () => {};
  /** @type {Set<UploadTask>} */
  #running = new Set();

  /** @param {...UploadTask} tasks */
  add(...tasks) {
    for (const task of tasks) task.onChange = () => this.onChange();
    this.tasks.push(...tasks);
    this.#fill();
  }

  /** @param {UploadTask} task */
  resume(task) {
    task.resume();
    this.#fill();
  }

  pauseAll() {
    for (const task of this.tasks) task.pause();
  }

  resumeAll() {
    for (const task of this.tasks) if (task.state === "paused") task.resume();
    this.#fill();
  }

  /** Take what is over out of the list. @param {UploadTask} [only] */
  clear(only) {
    this.tasks = this.tasks.filter((task) => (only ? task !== only : !task.isOver));
    this.onChange();
  }

  /** True while something would be lost by leaving the page. */
  get isBusy() {
    return this.tasks.some((task) => ["waiting", "sending", "retrying"].includes(task.state));
  }

  /** The sum of all that is not cancelled or failed. */
  get sum() {
    const counted = this.tasks.filter((task) => !["cancelled", "failed"].includes(task.state));
    const total = (/** @type {(task: UploadTask) => number} */ figure) => counted.reduce((sum, task) => sum + figure(task), 0);
    return { size: total((task) => task.size), sent: total((task) => task.sent), speed: total((task) => task.speed), done: counted.filter((task) => task.state === "done").length, count: counted.length };
  }

  #fill() {
    for (const task of this.tasks) {
      if (this.#running.size >= AT_ONCE) break;
      if (task.state === "waiting" && !this.#running.has(task)) void this.#run(task);
    }
    this.onChange();
  }

  /** @param {UploadTask} task */
  async #run(task) {
    this.#running.add(task);
    await task.run();
    this.#running.delete(task);
    if (task.state === "done") this.onStored(task);
    this.#fill();
  }
}
