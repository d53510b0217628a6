// Runs a sketch on this machine: the serial port is standard input and output, changes of its pins are lines on standard error,
// and it ends when its input does.
#include <Arduino.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

SerialPort Serial;
static int levels[256];

uint32_t millis() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint32_t>(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

void SerialPort::begin(unsigned long) {}

int SerialPort::available() {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, 0) <= 0) return 0;
  if ((input.revents & POLLIN) == 0) exit(0);  // hung up
  return 1;
}

int SerialPort::read() {
  uint8_t value;
  if (::read(STDIN_FILENO, &value, 1) != 1) exit(0);
  return value;
}

size_t SerialPort::write(const uint8_t *bytes, size_t count) {
  const ssize_t written = ::write(STDOUT_FILENO, bytes, count);
  return written < 0 ? 0 : static_cast<size_t>(written);
}

void pinMode(uint8_t, uint8_t) {}

void analogWrite(uint8_t pin, int value) {
  if (levels[pin] == value) return;
  levels[pin] = value;
  fprintf(stderr, "pin %d %d\n", pin, value);
}

void digitalWrite(uint8_t pin, uint8_t level) { analogWrite(pin, level); }

int main() {
  setup();
  for (;;) {
    loop();
    pollfd input = {STDIN_FILENO, POLLIN, 0};
    poll(&input, 1, 1);
  }
}
