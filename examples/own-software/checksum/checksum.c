/* Answers each line that it reads with its CRC-32. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

int main(void) {
  char line[4096];
  while (fgets(line, sizeof line, stdin) != NULL) {
    size_t length = strcspn(line, "\r\n");
    unsigned long sum = crc32(0, (const unsigned char *)line, (unsigned)length);
    printf("%08lx  %zu bytes, zlib %s\n", sum, length, zlibVersion());
    fflush(stdout);
  }
  return 0;
}
