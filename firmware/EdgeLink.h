// EdgeLink v1, the microcontroller's side, in one file: receives what the vision computer sees, answers it, and forgets a target when
// its time is over. C++11; no heap, no exceptions, no library beyond the Arduino core. docs/link.md describes the wire format.
//
//   #include "EdgeLink.h"
//   EdgeLink host(Serial, "my robot");
//   void setup() { Serial.begin(115200); }
//   void loop() {
//     host.update();                             // often: at least every few milliseconds, so never delay() beside it
//     if (host.hasTarget()) turn(host.target()); // the host's word holds for ttlMs and no longer
//     else stop();
//   }
//
// Memory: 81 bytes of RAM on an AVR and about 100 on a 32-bit chip, plus EDGELINK_BUFFER bytes. A smaller buffer (down to 26) still
// receives and checks every message; only the tails of long lists and texts are cut off.
#pragma once

#include <Arduino.h>
#include <stdint.h>

#ifndef EDGELINK_BUFFER
#define EDGELINK_BUFFER 251
#endif
static_assert(EDGELINK_BUFFER >= 26 && EDGELINK_BUFFER <= 251, "EDGELINK_BUFFER: 26 holds a target, 251 the longest message");

class EdgeLink {
 public:
  enum State : uint8_t { Starting, WarmingUp, Running, Paused, Stale, CameraLost, Degraded, Fault };
  enum TargetFlag : uint8_t { Valid = 1, Predicted = 2, DistanceValid = 4, LensCalibrated = 8 };
  enum HeartbeatFlag : uint8_t { Throttled = 1, Recording = 2, FallbackBackend = 4 };
  enum Command : uint8_t { Pause, Resume, Snapshot, SelectPipeline, Record };

  // Centre and size in ten-thousandths of the image's width and height.
  struct Box {
    uint16_t cx, cy, w, h;
  };

  struct Heartbeat {
    uint32_t uptimeMs;
    uint8_t state, fps;
    int8_t temperatureC;
    uint8_t flags;
  };

  struct Target {
    uint16_t frame, ageMs, ttlMs;
    uint8_t track;  // 0: the host looked and saw nothing
    uint8_t classId, score, flags;
    int16_t yawCdeg, pitchCdeg;  // hundredths of a degree, right and up positive
    uint16_t distanceMm;         // 0: unknown
    Box box;
    float yaw() const { return yawCdeg / 100.0f; }
    float pitch() const { return pitchCdeg / 100.0f; }
  };

  struct Detection {
    uint8_t classId, score, track, flags;
    Box box;
  };

  struct ClassScore {
    uint16_t classId;
    uint8_t score;
  };

  // Views of a message, good only while the callback runs.
  class Detections {
   public:
    uint16_t frame() const { return EdgeLink::u16(payload_, length_, 0); }
    uint16_t ageMs() const { return EdgeLink::u16(payload_, length_, 2); }
    uint8_t total() const { return EdgeLink::u8(payload_, length_, 4); }
    uint8_t first() const { return EdgeLink::u8(payload_, length_, 5); }
    uint8_t count() const { return length_ < 6 ? 0 : static_cast<uint8_t>((length_ - 6) / 12); }
    Detection operator[](uint8_t index) const {
      const uint16_t at = static_cast<uint16_t>(6 + 12 * index);
      return Detection{EdgeLink::u8(payload_, length_, at), EdgeLink::u8(payload_, length_, at + 1),
                       EdgeLink::u8(payload_, length_, at + 2), EdgeLink::u8(payload_, length_, at + 3),
                       EdgeLink::box(payload_, length_, at + 4)};
    }

   private:
    friend class EdgeLink;
    Detections(const uint8_t *payload, uint8_t length) : payload_(payload), length_(length) {}
    const uint8_t *payload_;
    uint8_t length_;
  };

  class Classes {
   public:
    uint16_t frame() const { return EdgeLink::u16(payload_, length_, 0); }
    uint16_t ageMs() const { return EdgeLink::u16(payload_, length_, 2); }
    uint8_t count() const {
      const uint8_t said = EdgeLink::u8(payload_, length_, 4), there = length_ < 5 ? 0 : static_cast<uint8_t>((length_ - 5) / 3);
      return said < there ? said : there;
    }
    ClassScore operator[](uint8_t index) const {
      const uint16_t at = static_cast<uint16_t>(5 + 3 * index);
      return ClassScore{EdgeLink::u16(payload_, length_, at), EdgeLink::u8(payload_, length_, at + 2)};
    }

   private:
    friend class EdgeLink;
    Classes(const uint8_t *payload, uint8_t length) : payload_(payload), length_(length) {}
    const uint8_t *payload_;
    uint8_t length_;
  };

  // The name (ASCII, at most 32 characters are sent) is what the host calls this board in its log.
  EdgeLink(Stream &port, const char *name) : port_(port), name_(name) {}

  // Called once per message, from within update().
  void onTarget(void (*call)(const Target &)) { onTarget_ = call; }
  void onHeartbeat(void (*call)(const Heartbeat &)) { onHeartbeat_ = call; }
  void onDetections(void (*call)(const Detections &)) { onDetections_ = call; }
  void onClasses(void (*call)(const Classes &)) { onClasses_ = call; }
  // Severity 3 error, 4 warning, 6 information; the text is not terminated.
  void onText(void (*call)(uint8_t severity, const char *text, uint8_t length)) { onText_ = call; }

  // Reads what has arrived, runs the watchdog, answers. Never waits for input.
  void update() {
    for (uint16_t budget = 512; budget != 0 && port_.available() > 0; budget--) receive(static_cast<uint8_t>(port_.read()));
    const uint32_t now = millis();
    // Latched, so that nothing old comes back to life when millis() has run once around, after 49 days.
    if (targetAlive_ && now - targetAt_ >= target_.ttlMs) targetAlive_ = false;
    if (hostAlive_ && now - heartbeatAt_ >= HeartbeatTimeoutMs) hostAlive_ = false;
    if (hostSpeaks_ && now - heardAt_ >= SilenceMs) hostSpeaks_ = false;
    // To a host that is not there nothing is sent: writing to a closed USB port would block some boards.
    if (hostSpeaks_ && now - statusAt_ >= StatusPeriodMs) sendStatus(now);
  }

  // Whether there is something to act on now. Anything that moves must stop as soon as this is false.
  bool hasTarget() const { return targetAlive_ && millis() - targetAt_ < target_.ttlMs; }
  // The last target; what it says holds only while hasTarget().
  const Target &target() const { return target_; }
  // Time from the capture of the target's frame until now.
  uint32_t targetAgeMs() const { return target_.ageMs + (millis() - targetAt_); }
  // Whether the vision loop itself (not merely the computer) has been heard within the last second.
  bool hostAlive() const { return hostAlive_; }
  const Heartbeat &heartbeat() const { return heartbeat_; }

  // Sent in STATUS: 0 idle and 1 acting on a target are set from hasTarget() unless the sketch says something of its own.
  void setState(uint8_t state) {
    state_ = state;
    ownState_ = true;
  }

  void send(Command command, uint8_t argument = 0) {
    const uint8_t payload[2] = {command, argument};
    send(CommandType, payload, sizeof payload);
  }

  uint16_t crcErrors() const { return crcErrors_; }
  uint16_t lost() const { return lost_; }

 private:
  enum Type : uint8_t {
    HeartbeatType = 0x01,
    TargetType = 0x02,
    DetectionsType = 0x03,
    ClassesType = 0x04,
    TextType = 0x05,
    TimeType = 0x06,
    HelloType = 0x10,
    StatusType = 0x81,
    CommandType = 0x82,
    TimeReplyType = 0x86,
    HelloReplyType = 0x90
  };
  enum : uint16_t { StatusPeriodMs = 200, HeartbeatTimeoutMs = 1000, SilenceMs = 3000 };
  enum : uint8_t { Version = 1, Role = 2, MaxName = 32, MaxContent = 253 };

  // Fields beyond the end of a payload read as zero, so that older and newer hosts are understood alike.
  static uint8_t u8(const uint8_t *payload, uint8_t length, uint16_t at) { return at < length ? payload[at] : 0; }
  static uint16_t u16(const uint8_t *payload, uint8_t length, uint16_t at) {
    return static_cast<uint16_t>(u8(payload, length, at) | u8(payload, length, at + 1) << 8);
  }
  static uint32_t u32(const uint8_t *payload, uint8_t length, uint16_t at) {
    return u16(payload, length, at) | static_cast<uint32_t>(u16(payload, length, at + 2)) << 16;
  }
  static Box box(const uint8_t *payload, uint8_t length, uint16_t at) {
    return Box{u16(payload, length, at), u16(payload, length, at + 2), u16(payload, length, at + 4), u16(payload, length, at + 6)};
  }
  static void put32(uint8_t *to, uint32_t value) {
    for (uint8_t index = 0; index < 4; index++) to[index] = static_cast<uint8_t>(value >> (8 * index));
  }

  // CRC-16/CCITT-FALSE, one byte without a table.
  static uint16_t crcOf(uint16_t crc, uint8_t value) {
    const uint8_t high = static_cast<uint8_t>(crc >> 8 ^ value), x = static_cast<uint8_t>(high ^ high >> 4);
    return static_cast<uint16_t>(crc << 8 ^ static_cast<uint16_t>(x) << 12 ^ static_cast<uint16_t>(x) << 5 ^ x);
  }

  // Unstuffs (COBS) byte by byte. A zero ends a frame whatever state the line was in.
  void receive(uint8_t value) {
    if (value == 0) {
      if (started_) finish();
      started_ = false;
      blockLeft_ = 0;
      zeroDue_ = false;
      length_ = 0;
      crc_ = 0xFFFF;
    } else if (blockLeft_ != 0) {
      blockLeft_--;
      accept(value);
    } else {
      if (zeroDue_) accept(0);
      started_ = true;
      blockLeft_ = value - 1;
      zeroDue_ = value != 255;
    }
  }

  // The check runs over all but the last two bytes, so each byte enters it two bytes late.
  void accept(uint8_t value) {
    if (length_ > MaxContent) return;
    if (length_ >= 2) {
      const uint8_t settled = static_cast<uint8_t>(lastTwo_ >> 8);
      crc_ = crcOf(crc_, settled);
      if (length_ - 2 < EDGELINK_BUFFER) content_[length_ - 2] = settled;
    }
    lastTwo_ = static_cast<uint16_t>(lastTwo_ << 8 | value);
    length_++;
  }

  void finish() {
    const uint16_t said = static_cast<uint16_t>((lastTwo_ & 0xFF) << 8 | lastTwo_ >> 8);
    if (blockLeft_ != 0 || length_ < 4 || length_ > MaxContent || said != crc_) {
      crcErrors_++;
      return;
    }
    const uint8_t whole = length_ - 2, kept = whole < EDGELINK_BUFFER ? whole : EDGELINK_BUFFER;
    const uint32_t now = millis();
    const uint8_t sequence = content_[1];
    if (content_[0] != HelloType && hostSpeaks_) lost_ += static_cast<uint8_t>(sequence - lastSequence_ - 1);
    lastSequence_ = sequence;
    hostSpeaks_ = true;
    heardAt_ = now;
    dispatch(content_[0], content_ + 2, kept - 2, now);
  }

  void dispatch(uint8_t type, const uint8_t *payload, uint8_t length, uint32_t now) {
    switch (type) {
      case HeartbeatType:
        heartbeat_ = Heartbeat{u32(payload, length, 0), u8(payload, length, 4), u8(payload, length, 5),
                               static_cast<int8_t>(u8(payload, length, 6)), u8(payload, length, 7)};
        heartbeatAt_ = now;
        hostAlive_ = true;
        if (onHeartbeat_) onHeartbeat_(heartbeat_);
        break;
      case TargetType:
        readTarget(payload, length, now);
        if (onTarget_) onTarget_(target_);
        break;
      case DetectionsType:
        if (onDetections_) onDetections_(Detections(payload, length));
        break;
      case ClassesType:
        if (onClasses_) onClasses_(Classes(payload, length));
        break;
      case TextType:
        if (onText_ && length > 0) onText_(payload[0], reinterpret_cast<const char *>(payload + 1), length - 1);
        break;
      case TimeType:
        sendTimeReply(u32(payload, length, 0), now);
        break;
      case HelloType:
        sendHelloReply();
        break;
      default:
        break;  // a newer host's message
    }
  }

  void readTarget(const uint8_t *payload, uint8_t length, uint32_t now) {
    target_ = Target{u16(payload, length, 0),
                     u16(payload, length, 2),
                     u16(payload, length, 4),
                     u8(payload, length, 6),
                     u8(payload, length, 7),
                     u8(payload, length, 8),
                     u8(payload, length, 9),
                     static_cast<int16_t>(u16(payload, length, 10)),
                     static_cast<int16_t>(u16(payload, length, 12)),
                     u16(payload, length, 14),
                     box(payload, length, 16)};
    targetAt_ = now;
    targetAlive_ = target_.track != 0 && (target_.flags & Valid) != 0;
  }

  void sendStatus(uint32_t now) {
    statusAt_ = now;
    uint8_t payload[10];
    put32(payload, now);
    payload[4] = lastSequence_;
    payload[5] = ownState_ ? state_ : static_cast<uint8_t>(hasTarget());
    payload[6] = static_cast<uint8_t>(crcErrors_);
    payload[7] = static_cast<uint8_t>(crcErrors_ >> 8);
    payload[8] = static_cast<uint8_t>(lost_);
    payload[9] = static_cast<uint8_t>(lost_ >> 8);
    send(StatusType, payload, sizeof payload);
  }

  void sendTimeReply(uint32_t hostMs, uint32_t now) {
    uint8_t payload[8];
    put32(payload, hostMs);
    put32(payload + 4, now);
    send(TimeReplyType, payload, sizeof payload);
  }

  void sendHelloReply() {
    uint8_t payload[2 + MaxName] = {Version, Role};
    uint8_t length = 2;
    for (const char *letter = name_; *letter != 0 && length < sizeof payload; letter++) payload[length++] = static_cast<uint8_t>(*letter);
    send(HelloReplyType, payload, length);
  }

  void send(uint8_t type, const uint8_t *payload, uint8_t length) {
    uint8_t wire[1 + 2 + 2 + MaxName + 2 + 1];
    uint8_t code = 0, end = 1;
    uint16_t crc = 0xFFFF;
    // What is sent here is far shorter than a COBS block, so only zeros end one.
    const auto stuff = [&wire, &code, &end](uint8_t value) {
      if (value != 0) {
        wire[end++] = value;
        return;
      }
      wire[code] = end - code;
      code = end++;
    };
    const uint8_t header[2] = {type, sequence_++};
    for (uint8_t value : header) {
      crc = crcOf(crc, value);
      stuff(value);
    }
    for (uint8_t index = 0; index < length; index++) {
      crc = crcOf(crc, payload[index]);
      stuff(payload[index]);
    }
    stuff(static_cast<uint8_t>(crc));
    stuff(static_cast<uint8_t>(crc >> 8));
    wire[code] = end - code;
    wire[end++] = 0;
    port_.write(wire, end);
  }

  Stream &port_;
  const char *name_;
  void (*onTarget_)(const Target &) = nullptr;
  void (*onHeartbeat_)(const Heartbeat &) = nullptr;
  void (*onDetections_)(const Detections &) = nullptr;
  void (*onClasses_)(const Classes &) = nullptr;
  void (*onText_)(uint8_t, const char *, uint8_t) = nullptr;
  uint32_t targetAt_ = 0, heartbeatAt_ = 0, heardAt_ = 0, statusAt_ = 0;
  Target target_ = {};
  Heartbeat heartbeat_ = {};
  uint16_t crc_ = 0xFFFF, lastTwo_ = 0, crcErrors_ = 0, lost_ = 0;
  uint8_t length_ = 0, blockLeft_ = 0, lastSequence_ = 0, sequence_ = 0, state_ = 0;
  bool started_ = false, zeroDue_ = false, targetAlive_ = false, hostAlive_ = false, hostSpeaks_ = false, ownState_ = false;
  uint8_t content_[EDGELINK_BUFFER];
};
