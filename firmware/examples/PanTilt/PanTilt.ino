// Keeps a camera on a pan-tilt head pointed at what the vision computer chose. Two hobby servos; without a target they hold still.
// Copy EdgeLink.h into this sketch's folder, or install the firmware folder as a library.
#include <EdgeLink.h>
#include <Servo.h>

const uint8_t PanPin = 9, TiltPin = 10;
const float Gain = 0.25f;            // share of the error that one frame corrects; higher is quicker and swings more
const float MaxStepDegrees = 4.0f;   // per frame: a wrong detection cannot throw the head around
const float PanLimit = 80, TiltLimit = 40;

EdgeLink host(Serial, "pan-tilt");
Servo panServo, tiltServo;
float pan = 0, tilt = 0;  // degrees from the centre, right and up positive
uint16_t lastFrame = 0;

float stepTo(float angle, float error, float limit) {
  return constrain(angle + constrain(Gain * error, -MaxStepDegrees, MaxStepDegrees), -limit, limit);
}

void setup() {
  Serial.begin(115200);
  pinMode(LED_BUILTIN, OUTPUT);
  panServo.attach(PanPin);
  tiltServo.attach(TiltPin);
  panServo.write(90);
  tiltServo.write(90);
}

void loop() {
  host.update();
  digitalWrite(LED_BUILTIN, host.hasTarget() ? HIGH : LOW);
  if (!host.hasTarget() || host.target().frame == lastFrame) return;  // one step per picture: the camera turns with the head
  lastFrame = host.target().frame;
  pan = stepTo(pan, host.target().yaw(), PanLimit);
  tilt = stepTo(tilt, host.target().pitch(), TiltLimit);
  panServo.write(static_cast<int>(90.5f - pan));  // most servos count anticlockwise
  tiltServo.write(static_cast<int>(90.5f + tilt));
}
