"""Makes tests/Models.Tests/Tasks/opencv-resize.txt: small pictures as the training pipelines of detectors resize them, by OpenCV itself.

apt-get install python3-opencv; python3 eng/golden/resize.py > tests/Models.Tests/Tasks/opencv-resize.txt
Each line: policy, picture's width and height, network's width and height, fill, and the levels (blue, green, red, row by row) in base64.
"""
import base64

import cv2
import numpy as np


def picture(width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * x * 7 + y * 31 + c * 57 + x * y * 3) % 256).astype(np.uint8)


def resized(image, width, height):
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


def letterbox_top_left(image, width, height):
    rows, columns = image.shape[:2]
    ratio = min(height / rows, width / columns)
    small = resized(image, int(columns * ratio), int(rows * ratio))
    return cv2.copyMakeBorder(small, 0, height - small.shape[0], 0, width - small.shape[1], cv2.BORDER_CONSTANT, value=(114, 114, 114))


def letterbox(image, width, height):
    rows, columns = image.shape[:2]
    ratio = min(height / rows, width / columns)
    small = resized(image, round(columns * ratio), round(rows * ratio))
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    return cv2.copyMakeBorder(small, top, height - small.shape[0] - top, left, width - small.shape[1] - left, cv2.BORDER_CONSTANT, value=(114, 114, 114))


def warp(image, width, height):
    rows, columns = image.shape[:2]
    ratio = min(height / rows, width / columns)
    return cv2.warpAffine(image, np.array([[ratio, 0, width / 2 - ratio * columns / 2], [0, ratio, height / 2 - ratio * rows / 2]]), (width, height))


def centre_crop(image, width, height):
    rows, columns = image.shape[:2]
    ratio = max(round(width / 0.875) / columns, round(height / 0.875) / rows)
    big = resized(image, int(columns * ratio + 1e-6), int(rows * ratio + 1e-6))
    top, left = round((big.shape[0] - height) / 2), round((big.shape[1] - width) / 2)
    return big[top : top + height, left : left + width]


CASES = [
    ("LetterboxTopLeft", letterbox_top_left, 114, [(61, 37, 24, 24), (13, 29, 24, 16)]),
    ("Letterbox", letterbox, 114, [(61, 37, 24, 24), (13, 29, 24, 16), (19, 19, 19, 22)]),
    ("Warp", warp, 0, [(61, 37, 24, 24), (13, 29, 24, 16)]),
    ("Stretch", resized, 0, [(61, 37, 20, 15), (7, 5, 20, 15)]),
    ("CentreCrop", centre_crop, 0, [(61, 37, 14, 14), (33, 90, 14, 14)]),
]
for policy, make, fill, sizes in CASES:
    for columns, rows, width, height in sizes:
        levels = make(picture(columns, rows), width, height)
        assert levels.shape == (height, width, 3)
        print(policy, columns, rows, width, height, fill, base64.b64encode(levels.tobytes()).decode())
