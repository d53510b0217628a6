#pragma once

#include <Arduino.h>

// What a servo is told goes where digitalWrite and analogWrite go: to the board's log.
class Servo {
 public:
  void attach(int pin) { pin_ = static_cast<uint8_t>(pin); }
  void write(int degrees) { analogWrite(pin_, degrees); }

 private:
  uint8_t pin_ = 0;
};
