# SPDX-License-Identifier: GPL-2.0-only
# What bars are stacked of: the block "parts", number and name of those that are there, and their shades.

part_shade(part) = word("#9aa3ab #1b4971 #86b4cd #edb440 #e9e2d0 #22262b", int(part))
array part_number[16]
array part_name[16]
parts = 0
stats data index "parts" using (parts = parts + 1, part_number[parts] = column(1), part_name[parts] = strcol(2), 0) nooutput
