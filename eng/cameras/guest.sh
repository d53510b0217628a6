# What is tried in the virtual machine; $root and $program are set by eng/try-cameras.sh. Each trial prints a line.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DOTNET_TieredPGO=0 LIBCAMERA_LOG_LEVELS='*:ERROR'
cd /root
patience=180
log=/mnt/none.log

# On a network that is quickly computed, and with patience: everything takes twenty times as long here.
daemon=(dotnet "$program" run --Model:Path="$root/models/tinyresnet.int8.onnx" --Link:Port=virtual --Camera:FrozenMs=0
  --Camera:ReadTimeoutMs=10000 --Camera:OpenTimeoutMs=60000)

# expect WHAT COMMAND...: waits until the command succeeds.
expect() {
  local what=$1 start=$SECONDS
  shift
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS - start > patience)); then
      echo "FAILED $what"
      sed 's/^/said: /' "$log" | tail -n 12
      return
    fi
    sleep 0.3
  done
  echo "ok $what"
}

said() { grep --quiet --extended-regexp "$1" "$log"; }
says() { local pattern=$1; shift; "$@" >"$log" 2>&1; said "$pattern"; }
control() { [[ $(v4l2-ctl -d "$camera" --get-ctrl "$1") == "$1: $2" ]]; }

# watch NAME SETTING...: starts the daemon.
watch() {
  log=/mnt/$1.log
  shift
  "${daemon[@]}" "$@" >"$log" 2>&1 &
  watching=$!
}

stop() {
  kill -TERM "$watching"
  wait "$watching" && echo "ok $1 is let go at SIGTERM" || echo "FAILED $1 is let go at SIGTERM: exit code $?"
}

/lib/systemd/systemd-udevd --daemon
insmod /mnt/vivid.ko n_devs=1 node_types=0x1 num_inputs=1 input_types=0
udevadm trigger && udevadm settle
camera=/dev/v4l/by-path/platform-vivid.0-video-index0

log=/mnt/doctor.log
expect "doctor names the camera and its formats" says 'vivid is /dev/video0: YUYV up to' dotnet "$program" doctor --Camera:Source=0
log=/mnt/absent.log
expect "a camera that is not there is said, and which one is" says 'There is no camera /dev/video7: there is .*vivid' \
  "${daemon[@]}" --Camera:Source=7
log=/mnt/forbidden.log
expect "a camera that this user may not open is said" says 'may not be opened by this user: add it to the group video' \
  setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp "${daemon[@]}" --Camera:Source="$camera"

watch v4l2 --Camera:Source="$camera" --Camera:Format=YUYV --Camera:Width=640 --Camera:Height=360 --Camera:Fps=5 --Camera:Brightness=140 --Camera:Focus=10
expect "a V4L2 camera by its path delivers pictures" said 'Camera Running'
expect "size, format and rate are as asked" said 'Watching .* 640x360 YUYV at 5 fps \(V4L2\)'
expect "brightness is set in the driver" control brightness 140
expect "what the driver does not take is said" said 'Camera:Focus 10 was asked for, the driver does not take it'
v4l2-ctl -d "$camera" --set-ctrl brightness=20 --set-ctrl disconnect=1
expect "a camera that is unplugged is noticed" said 'delivers no more pictures. It is opened again'
expect "and found again" said 'delivers pictures again'
expect "with its controls set anew" control brightness 140
running=$log
log=/mnt/busy.log
expect "a second program is told that the camera is held" says 'delivers no video: another program may hold it' \
  "${daemon[@]}" --Camera:Source=0
log=$running
stop "the V4L2 camera"

watch gstreamer --Camera:Source="v4l2src device=/dev/video0 ! video/x-raw,width=640,height=360,framerate=5/1"
expect "the same camera through a GStreamer pipeline delivers pictures" said 'Camera Running'
stop "the pipeline"

insmod /mnt/vimc.ko
udevadm settle
# Of the sizes that vimc offers: multiples of six.
watch csi --Camera:Source=csi --Camera:Width=480 --Camera:Height=360
expect "csi delivers libcamera's pictures" said 'Camera Running'
stop "libcamera's camera"

echo "done"
echo o >/proc/sysrq-trigger
sleep 60
