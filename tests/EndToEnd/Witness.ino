// A sketch that says on standard error what EdgeLink.h made of the bytes that arrived: one line per target and per change of the host's state.
#include <EdgeLink.h>
#include <stdio.h>

EdgeLink host(Serial, "witness");
static int state = -1;

static void seeTarget(const EdgeLink::Target &t) {
  fprintf(stderr, "target %u age %u track %u class %u score %u flags %u yaw %d pitch %d box %u %u %u %u\n", t.frame, t.ageMs, t.track,
          t.classId, t.score, t.flags, t.yawCdeg, t.pitchCdeg, t.box.cx, t.box.cy, t.box.w, t.box.h);
}

static void seeHeartbeat(const EdgeLink::Heartbeat &h) {
  if (h.state == state) return;
  state = h.state;
  fprintf(stderr, "state %d\n", state);
}

void setup() {
  Serial.begin(115200);
  host.onTarget(seeTarget);
  host.onHeartbeat(seeHeartbeat);
}

void loop() { host.update(); }
