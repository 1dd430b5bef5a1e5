#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace plasticity::testing {

/// An HTTP/1.1 server on loopback that knows ranges and can misbehave. One request at a time.
class HttpServer {
 public:
  struct Request {
    std::string path;
    long long range_start = -1;  // -1: the whole
  };

  std::map<std::string, std::string> files;  ///< by path: "/a.tar.gz"
  bool knows_ranges = true;
  std::size_t cut_after =
      0;           ///< break the first answers' connections after so many bytes; 0: never
  int cuts = 0;    ///< how many answers to break
  int status = 0;  ///< answer this to everything, unless 0

  explicit HttpServer(std::map<std::string, std::string> served = {}) : files(std::move(served)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    ::listen(listener_, 8);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { Serve(); });
  }
  ~HttpServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::vector<Request> requests() {
    const std::lock_guard guard(mutex_);
    return requests_;
  }

  std::string url;

 private:
  void Serve() {
    while (true) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      Answer(connection);
      ::shutdown(connection, SHUT_RDWR);
      ::close(connection);
    }
  }

  static void Send(int connection, const std::string& bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t sent =
          ::send(connection, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (sent <= 0) return;
      done += static_cast<std::size_t>(sent);
    }
  }

  void Answer(int connection) {
    std::string text;
    char block[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(connection, block, sizeof(block), 0);
      if (got <= 0) return;
      text.append(block, static_cast<std::size_t>(got));
    }
    Request request;
    request.path = text.substr(4, text.find(' ', 4) - 4);
    const std::size_t range = text.find("Range: bytes=");
    if (range != std::string::npos) request.range_start = std::atoll(text.c_str() + range + 13);
    {
      const std::lock_guard guard(mutex_);
      requests_.push_back(request);
    }
    Send(connection, Reply(request));
  }

  std::string Reply(const Request& request) {
    const std::string close = "Connection: close\r\nContent-Length: ";
    const auto page = [&](const std::string& line) {
      const std::string body = "<html>an error page</html>";
      return "HTTP/1.1 " + line + "\r\n" + close + std::to_string(body.size()) + "\r\n\r\n" + body;
    };
    if (status != 0) return page(std::to_string(status) + " Error");
    if (files.count(request.path) == 0) return page("404 Not Found");
    std::string body = files[request.path];
    const std::string total = std::to_string(body.size());
    std::string head = "HTTP/1.1 200 OK\r\n";
    if (knows_ranges && request.range_start >= 0) {
      const auto start = static_cast<std::size_t>(request.range_start);
      if (start >= body.size()) {
        return page("416 Range Not Satisfiable\r\nContent-Range: bytes */" + total);
      }
      head = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(start) + "-" +
             std::to_string(body.size() - 1) + "/" + total + "\r\n";
      body = body.substr(start);
    }
    head += close + std::to_string(body.size()) + "\r\n\r\n";
    if (cuts > 0) {
      --cuts;
      body.resize(std::min(body.size(), cut_after));
    }
    return head + body;
  }

  int listener_ = -1;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<Request> requests_;
};

}  // namespace plasticity::testing
