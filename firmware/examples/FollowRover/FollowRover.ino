// A two-wheeled rover that follows its target at an arm's length. H-bridge with one direction and one PWM pin per side.
// The motors run only while there is a target: the watchdog in EdgeLink stops them when the host hangs or the cable falls out.
#include <EdgeLink.h>

const uint8_t LeftForward = 4, LeftPwm = 5, RightForward = 7, RightPwm = 6;
const float StandOffMm = 800;      // keep this far away
const float SpeedPerMm = 0.15f;    // PWM counts per millimetre too far
const float TurnPerDegree = 3.0f;  // PWM counts per degree beside the middle
const float MaxSpeed = 160;
const uint16_t GiveUpAgeMs = 400;  // an older picture shows where the target was, not where it is

EdgeLink host(Serial, "follow rover");

void drive(uint8_t forwardPin, uint8_t pwmPin, float speed) {
  digitalWrite(forwardPin, speed >= 0 ? HIGH : LOW);
  const float limited = constrain(speed, -MaxSpeed, MaxSpeed);
  analogWrite(pwmPin, static_cast<int>(limited < 0 ? -limited : limited));
}

void setup() {
  Serial.begin(115200);
  const uint8_t pins[] = {LeftForward, LeftPwm, RightForward, RightPwm};
  for (uint8_t pin : pins) pinMode(pin, OUTPUT);
}

void loop() {
  host.update();
  if (!host.hasTarget() || host.targetAgeMs() > GiveUpAgeMs) {
    drive(LeftForward, LeftPwm, 0);
    drive(RightForward, RightPwm, 0);
    return;
  }
  const EdgeLink::Target &target = host.target();
  const bool distanceKnown = (target.flags & EdgeLink::DistanceValid) != 0;
  const float ahead = distanceKnown ? SpeedPerMm * (target.distanceMm - StandOffMm) : 0;  // unknown distance: turn, do not approach
  const float turn = TurnPerDegree * target.yaw();
  drive(LeftForward, LeftPwm, ahead + turn);
  drive(RightForward, RightPwm, ahead - turn);
}
