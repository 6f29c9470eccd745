# Prints the clang-format of the version that .clang-format names; prints nothing and fails without it.
version=$(sed -n 's/^# clang-format \([0-9]*\).*/\1/p' "${TH_SRCDIR:-.}/.clang-format")
for program in "clang-format-$version" clang-format; do
    case $("$program" --version 2>/dev/null) in
    *"version $version."*) echo "$program"; exit 0 ;;
    esac
done
exit 1
