// A small launcher: Solr's own servlet filter in an embedded Jetty on the loopback address.
// Solr's distribution is not on Maven Central; its libraries are.
//   java -cp 'lib/*' SolrServer.java PORT SOLR_HOME
import java.net.InetSocketAddress;
import java.util.EnumSet;
import javax.servlet.DispatcherType;
import org.apache.solr.servlet.CoreContainerProvider;
import org.apache.solr.servlet.SolrDispatchFilter;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;

public class SolrServer {
    public static void main(String[] args) throws Exception {
        System.setProperty("solr.solr.home", args[1]);
        System.setProperty("solr.install.dir", args[1]);
        // log4j: console only; the caller redirects it to a file
        System.setProperty("log4j2.level", "WARN");

        Server server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])));
        ServletContextHandler context = new ServletContextHandler(ServletContextHandler.NO_SESSIONS);
        context.setContextPath("/solr");
        context.addEventListener(new CoreContainerProvider());
        context.addFilter(new FilterHolder(SolrDispatchFilter.class), "/*", EnumSet.of(DispatcherType.REQUEST));
        server.setHandler(context);
        server.setStopAtShutdown(true);
        server.start();
        server.join();
    }
}
