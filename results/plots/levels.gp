# SPDX-License-Identifier: GPL-2.0-only
# The block "levels": the numbers of the levels that are drawn, which are those of the legend.

array level_number[16]
levels = 0
stats data index "levels" using (levels = levels + 1, level_number[levels] = int(column(1)), 0) nooutput
