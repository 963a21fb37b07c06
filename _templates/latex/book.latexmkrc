# As many passes as it takes, and the index in Japanese order.
$pdf_mode = 4;
$lualatex = 'lualatex -interaction=nonstopmode -halt-on-error -file-line-error %O %S';
$makeindex = 'upmendex -q -g -s termbase.ist %O -o %D %S';
$max_repeat = 6;
# TeX breaks the lines of its log at 79 characters unless told otherwise; the
# log is read by a program.
$ENV{'max_print_line'} = 2000;
