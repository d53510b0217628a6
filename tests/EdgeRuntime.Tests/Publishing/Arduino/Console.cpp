// A bench for EdgeLink.h that is driven by lines on standard input and has a clock of its own:
//   rx HEX          bytes arrive
//   tick MS         time passes
//   state N         setState(N)
//   command N A     send(N, A)
// Everything that happens is a line on standard output; each input line is answered by a line that begins with "ok".
#include <EdgeLink.h>
#include <stdio.h>
#include <string.h>

static uint32_t now;
uint32_t millis() { return now; }

class Wire : public Stream {
 public:
  void arrive(uint8_t value) { buffer_[tail_++ % sizeof buffer_] = value; }
  int available() override { return static_cast<int>(tail_ - head_); }
  int read() override { return head_ == tail_ ? -1 : buffer_[head_++ % sizeof buffer_]; }
  size_t write(const uint8_t *bytes, size_t count) override {
    printf("tx ");
    for (size_t index = 0; index < count; index++) printf("%02X", bytes[index]);
    printf("\n");
    return count;
  }

 private:
  uint8_t buffer_[1 << 16];
  size_t head_ = 0, tail_ = 0;
};

static Wire wire;
static EdgeLink board(wire, "bench");

static void print(const EdgeLink::Box &box) { printf(" %u %u %u %u", box.cx, box.cy, box.w, box.h); }

static void target(const EdgeLink::Target &t) {
  printf("target %u %u %u %u %u %u %u %d %d %u", t.frame, t.ageMs, t.ttlMs, t.track, t.classId, t.score, t.flags, t.yawCdeg, t.pitchCdeg,
         t.distanceMm);
  print(t.box);
  printf("\n");
}

static void heartbeat(const EdgeLink::Heartbeat &h) {
  printf("heartbeat %lu %u %u %d %u\n", static_cast<unsigned long>(h.uptimeMs), h.state, h.fps, h.temperatureC, h.flags);
}

static void detections(const EdgeLink::Detections &list) {
  printf("detections %u %u %u %u %u", list.frame(), list.ageMs(), list.total(), list.first(), list.count());
  for (uint8_t index = 0; index < list.count(); index++) {
    const EdgeLink::Detection d = list[index];
    printf(" | %u %u %u %u", d.classId, d.score, d.track, d.flags);
    print(d.box);
  }
  printf("\n");
}

static void classes(const EdgeLink::Classes &list) {
  printf("classes %u %u %u", list.frame(), list.ageMs(), list.count());
  for (uint8_t index = 0; index < list.count(); index++) printf(" | %u %u", list[index].classId, list[index].score);
  printf("\n");
}

static void text(uint8_t severity, const char *letters, uint8_t length) { printf("text %u %.*s\n", severity, length, letters); }

static int digit(char letter) { return letter <= '9' ? letter - '0' : (letter | 0x20) - 'a' + 10; }

int main() {
  board.onTarget(target);
  board.onHeartbeat(heartbeat);
  board.onDetections(detections);
  board.onClasses(classes);
  board.onText(text);
  static char line[1 << 17];
  while (fgets(line, sizeof line, stdin)) {
    unsigned long first = 0, second = 0;
    if (sscanf(line, "tick %lu", &first) == 1) {
      now += static_cast<uint32_t>(first);
    } else if (sscanf(line, "state %lu", &first) == 1) {
      board.setState(static_cast<uint8_t>(first));
    } else if (sscanf(line, "command %lu %lu", &first, &second) == 2) {
      board.send(static_cast<EdgeLink::Command>(first), static_cast<uint8_t>(second));
    } else if (strncmp(line, "rx ", 3) == 0) {
      for (const char *hex = line + 3; hex[0] > ' ' && hex[1] > ' '; hex += 2)
        wire.arrive(static_cast<uint8_t>(digit(hex[0]) << 4 | digit(hex[1])));
    }
    do board.update();
    while (wire.available() > 0);
    printf("ok target=%d alive=%d age=%lu crc=%u lost=%u\n", board.hasTarget(), board.hostAlive(),
           static_cast<unsigned long>(board.targetAgeMs()), board.crcErrors(), board.lost());
    fflush(stdout);
  }
}
