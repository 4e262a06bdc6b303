/* mknod(2), mkfifo(3), sockets. */
#include "posix.h"

CASE(mknod, devices_keep_their_numbers) {
    OK(mknod("c", S_IFCHR | 0644, makedev(1, 3)));
    OK(mknod("b", S_IFBLK | 0600, makedev(4095, 1048575)));
    EQ(S_IFCHR | 0644, stat_of("c").st_mode);
    EQ(makedev(1, 3), stat_of("c").st_rdev);
    EQ(S_IFBLK | 0600, stat_of("b").st_mode);
    EQ(makedev(4095, 1048575), stat_of("b").st_rdev);
}

CASE(mknod, a_device_works) {
    char bytes[16] = "xxxxxxxxxxxxxxx";
    OK(mknod("zero", S_IFCHR | 0666, makedev(1, 5)));
    int fd = OK(open("zero", O_RDONLY));
    EQ(16, OK(read(fd, bytes, 16)));
    EQ(0, bytes[15]);
}

CASE(mknod, regular_files) {
    OK(mknod("f", S_IFREG | 0666, 0));
    EQ(S_IFREG | 0644, stat_of("f").st_mode);
    EQ(0, stat_of("f").st_size);
    OK(mknod("g", 0600, 0));
    EQ(S_IFREG | 0600, stat_of("g").st_mode);
}

CASE(mknod, who_may) {
    make_folder("open", 0777, 0, 0);
    as(ALICE, TEAM);
    FAILS(EPERM, mknod("open/c", S_IFCHR | 0644, makedev(1, 3)));
    FAILS(EPERM, mknod("open/b", S_IFBLK | 0644, makedev(1, 3)));
    OK(mknod("open/p", S_IFIFO | 0644, 0));
    OK(mknod("open/s", S_IFSOCK | 0644, 0));
    OK(mknod("open/f", S_IFREG | 0644, 0));
    EQ(ALICE, stat_of("open/p").st_uid);
    EQ(TEAM, stat_of("open/p").st_gid);
    EQ(TEAM, stat_of("open/s").st_gid);
}

CASE(mknod, obeys_the_umask) {
    umask(0077);
    OK(mkfifo("p", 0666));
    EQ(0600, MODE("p"));
}

CASE(mknod, errors) {
    char name[257];
    memset(name, 'n', 256);
    name[256] = 0;
    put("f", "");
    OK(mkdir("d", 0755));
    OK(symlink("none", "l"));
    FAILS(EEXIST, mkfifo("f", 0644));
    FAILS(EEXIST, mkfifo("d", 0644));
    FAILS(EEXIST, mkfifo("l", 0644));
    FAILS(ENOENT, mkfifo("none/p", 0644));
    FAILS(ENOENT, mkfifo("p/", 0644));
    FAILS(ENOTDIR, mkfifo("f/p", 0644));
    FAILS(ENAMETOOLONG, mkfifo(name, 0644));
    FAILS(EPERM, mknod("x", S_IFDIR | 0755, 0));
    FAILS(EINVAL, mknod("x", 0170000 | 0644, 0));
    as(ALICE, ALICE);
    FAILS(EACCES, mkfifo("d/p", 0644));
}

CASE(mknod, a_fifo_carries_between_processes) {
    char text[8] = "";
    OK(mkfifo("p", 0600));
    FAILS(ENXIO, open("p", O_WRONLY | O_NONBLOCK));
    if (in_child()) {
        int fd = OK(open("p", O_WRONLY));
        OK(write(fd, "hello", 5));
        done();
    }
    int fd = OK(open("p", O_RDONLY));
    EQ(5, OK(read(fd, text, sizeof text)));
    EQ(0, OK(read(fd, text + 5, 1)));
    CHECK(!strcmp(text, "hello"));
    child_ok();
    EQ(0, stat_of("p").st_size);
}

CASE(mknod, a_socket_takes_connections) {
    struct sockaddr_un address = {AF_UNIX, "s"};
    char text[8] = "";
    int listener = OK(socket(AF_UNIX, SOCK_STREAM, 0));
    OK(bind(listener, (struct sockaddr *)&address, sizeof address));
    EQ(S_IFSOCK, stat_of("s").st_mode & S_IFMT);
    FAILS(EADDRINUSE, bind(OK(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&address, sizeof address));
    OK(listen(listener, 1));
    if (in_child()) {
        int fd = OK(socket(AF_UNIX, SOCK_STREAM, 0));
        OK(connect(fd, (struct sockaddr *)&address, sizeof address));
        OK(write(fd, "hello", 5));
        done();
    }
    int fd = OK(accept(listener, NULL, NULL));
    EQ(5, OK(read(fd, text, sizeof text)));
    child_ok();
    FAILS(ENXIO, open("s", O_RDONLY));
    OK(close(listener));
    FAILS(ECONNREFUSED, connect(OK(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&address, sizeof address));
}
