// What the modes that show their media on the <video> have in common.

export class VideoScreen {
  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.video = video;
  }

  get element() {
    return this.video;
  }

  get width() {
    return this.video.videoWidth;
  }

  get height() {
    return this.video.videoHeight;
  }

  get isReady() {
    return this.video.readyState > 1;
  }

  get counts() {
    const { totalVideoFrames, droppedVideoFrames } = this.video.getVideoPlaybackQuality();
    return { shown: totalVideoFrames, dropped: droppedVideoFrames };
  }
}
