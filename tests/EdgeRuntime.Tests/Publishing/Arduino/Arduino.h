// As much of the Arduino core as EdgeLink.h and the sketches use, for compiling them on the machine that runs the tests.
#pragma once

#include <stddef.h>
#include <stdint.h>

class Stream {
 public:
  virtual ~Stream() {}
  virtual int available() = 0;
  virtual int read() = 0;
  virtual size_t write(const uint8_t *bytes, size_t count) = 0;
};

// Standard input and output.
class SerialPort : public Stream {
 public:
  void begin(unsigned long baud);
  int available() override;
  int read() override;
  size_t write(const uint8_t *bytes, size_t count) override;
};

extern SerialPort Serial;

enum { LOW = 0, HIGH = 1, INPUT = 0, OUTPUT = 1, LED_BUILTIN = 13 };

template <typename T, typename L, typename H>
T constrain(T value, L low, H high) {
  return value < low ? static_cast<T>(low) : value > high ? static_cast<T>(high) : value;
}

uint32_t millis();
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t level);
void analogWrite(uint8_t pin, int value);
void setup();
void loop();
