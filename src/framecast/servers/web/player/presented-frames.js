// Reports each frame that a <video> has presented: by requestVideoFrameCallback, or by an advancing time where a browser lacks it.

export class PresentedFrames {
  #frame = 0;
  #onTime;

  /**
   * @param {HTMLVideoElement} video
   * @param {() => boolean} isOnlySound sound has no frames: its time counts
   * @param {(mediaTime: number, displayMs: number) => void} onPresented `displayMs` is NaN if it is unknown
   */
  constructor(video, isOnlySound, onPresented) {
    this.video = video;
    this.#onTime = () => {
      if ((isOnlySound() || !video.requestVideoFrameCallback) && !video.seeking && video.readyState > 1) onPresented(video.currentTime, NaN);
    };
    video.addEventListener("timeupdate", this.#onTime);
    if (!video.requestVideoFrameCallback) return;
    const onFrame = (/** @type {number} */ _at, /** @type {VideoFrameCallbackMetadata} */ frame) => {
      this.#frame = video.requestVideoFrameCallback(onFrame);
      onPresented(frame.mediaTime, frame.expectedDisplayTime);
    };
    this.#frame = video.requestVideoFrameCallback(onFrame);
  }

  close() {
    this.video.removeEventListener("timeupdate", this.#onTime);
    this.video.cancelVideoFrameCallback?.(this.#frame);
  }
}
