// The running chart: what the stages take, stacked, and the ages of reports as lines.

const span = 60; // seconds
const stages = ["letterbox", "network", "decode", "track", "aim", "publish"];

export class Chart {
  #canvas;
  #samples = [];

  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  add(state) {
    const now = performance.now() / 1000;
    this.#samples.push({
      time: now,
      stages: stages.map((name) => state.stages.find((stage) => stage.name === name)?.p50_ms ?? 0),
      p50: state.age.p50_ms,
      p99: state.age.p99_ms,
    });
    while (this.#samples[0].time < now - span - 1) this.#samples.shift();
    this.draw();
  }

  draw() {
    const canvas = this.#canvas, ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (width === 0) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const left = 40, bottom = height - 18, top = 8;
    const now = this.#samples.at(-1)?.time ?? 0;
    const most = scale(Math.max(1, ...this.#samples.map((s) => Math.max(s.p99, s.stages.reduce((a, b) => a + b, 0)))));
    const x = (time) => width - (now - time) / span * (width - left);
    const y = (value) => bottom - value / most * (bottom - top);

    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.lineWidth = 1;
    for (let line = 0; line <= 4; line++) {
      const value = most * line / 4;
      pen.strokeStyle = resolve(canvas, "--line");
      pen.beginPath();
      pen.moveTo(left, y(value));
      pen.lineTo(width, y(value));
      pen.stroke();
      pen.fillStyle = resolve(canvas, "--muted");
      pen.textAlign = "right";
      pen.fillText(String(value), left - 7, y(value));
    }
    pen.textAlign = "center";
    for (const ago of [60, 45, 30, 15]) pen.fillText(ago === 60 ? "" : `${ago} s ago`, x(now - ago), height - 7);
    if (this.#samples.length < 2) return;

    pen.save();
    pen.beginPath();
    pen.rect(left, 0, width - left, height);
    pen.clip();
    const below = this.#samples.map(() => 0);
    stages.forEach((name, stage) => {
      pen.beginPath();
      this.#samples.forEach((sample, i) => pen.lineTo(x(sample.time), y(below[i] + sample.stages[stage])));
      for (let i = this.#samples.length - 1; i >= 0; i--) {
        pen.lineTo(x(this.#samples[i].time), y(below[i]));
        below[i] += this.#samples[i].stages[stage];
      }
      pen.fillStyle = resolve(canvas, `--${name}`);
      pen.globalAlpha = 0.85;
      pen.fill();
    });
    pen.globalAlpha = 1;
    for (const [key, dash] of [["p50", []], ["p99", [5, 4]]]) {
      pen.beginPath();
      this.#samples.forEach((sample) => pen.lineTo(x(sample.time), y(sample[key])));
      pen.strokeStyle = resolve(canvas, "--text");
      pen.setLineDash(dash);
      pen.lineWidth = 1.4;
      pen.stroke();
    }
    pen.restore();
    const last = this.#samples.at(-1);
    pen.fillStyle = resolve(canvas, "--text");
    pen.textAlign = "right";
    pen.fillText("age p99", width - 4, Math.max(8, y(last.p99) - 8));
    if (y(last.p50) - y(last.p99) > 16) pen.fillText("age p50", width - 4, y(last.p50) - 8);
  }
}

/** The next number above that divides well by four: 4, 8, 20, 40, 80, 200 ... */
function scale(value) {
  const power = 10 ** Math.floor(Math.log10(value / 4));
  return 4 * power * [1, 2, 5, 10].find((step) => 4 * power * step >= value);
}

// A canvas does not know light-dark(): the browser resolves a colour for an element.
const probe = document.createElement("span");
function resolve(canvas, variable) {
  if (!probe.isConnected) document.body.append(probe);
  probe.hidden = true;
  probe.style.color = `var(${variable})`;
  return getComputedStyle(probe).color;
}
